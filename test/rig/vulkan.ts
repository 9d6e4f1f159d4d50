import {existsSync} from 'node:fs';

/** A software driver for WebGPU, as Debian's package chromium brings it; and the loader that finds it. */
const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
const loader = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1';

/** Whether WebGPU can be tried on this machine. */
export const hasVulkan = existsSync(driver) && existsSync(loader);
if (hasVulkan) process.env['VK_ICD_FILENAMES'] = process.env['VK_DRIVER_FILES'] = driver;
else console.warn('skipping what needs WebGPU: install libvulkan1, and chromium for its software driver');
