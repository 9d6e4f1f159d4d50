/** ONNX Runtime behind a small door: loaded on first use, silent on stderr, its errors made diagnostics. */
import {existsSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import type {InferenceSession, Tensor as OrtTensor} from 'onnxruntime-node';
import {fail, StrataError} from '../diagnostics/diagnostic.js';

/** What holds the elements of each type; float16 are their bit patterns, bool are 0 and 1. */
export interface TensorData {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

/** A dense array in row-major order. */
export type Tensor = {
  readonly [T in keyof TensorData]: {
    readonly type: T;
    readonly dims: readonly number[];
    readonly data: TensorData[T];
  };
}[keyof TensorData];

/** Where a model can be asked to run. */
export type Device = 'cpu' | 'webgpu' | 'cuda' | `cuda:${number}`;

export interface SessionOptions {
  /** `auto` takes CUDA where its library is installed and starts, the CPU otherwise. Default `cpu`. */
  readonly device?: Device | 'auto' | undefined;
  /** Threads within an operator on the CPU. Default: one per physical core. */
  readonly threads?: number | undefined;
  /**
   * Whether threads that wait for work keep their cores busy: runs that follow each other at once are faster, what goes on between them
   * slower. Default true.
   */
  readonly spin?: boolean | undefined;
  /** Whether memory for what is computed on the CPU is kept for the next run. Default true. */
  readonly arena?: boolean | undefined;
  /** For a model given as bytes: the folder that its external data files are relative to. */
  readonly folder?: string | undefined;
  /** How messages call the model. Default: its path, or `model`. */
  readonly file?: string | undefined;
}

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** What it runs on: `auto` resolved. */
  readonly device: Device;
  /**
   * Runs the model once, for the outputs named (default: all). Outputs given as tensors are written to their data.
   *
   * The computation itself blocks the calling thread (the binding is synchronous): use a worker to overlap.
   *
   * @throws E404 if a feed does not fit an input, E402 for any other refusal by ONNX Runtime
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs?: readonly string[] | Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

const require = createRequire(import.meta.url);

/** Version of onnxruntime-node, without loading it. */
export function runtimeVersion(): string {
  const manifest = JSON.parse(readFileSync(join(runtimeFolder(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** A float32 tensor. */
export const float32 = (data: Float32Array, dims: readonly number[]): Tensor => ({
  type: 'float32',
  dims,
  data,
});

/**
 * Opens a model for running.
 *
 * @param model its path, or its bytes
 * @throws E401 if the file is missing, E402 if ONNX Runtime refuses the model, E405 if the device is not available
 */
export async function openSession(
  model: string | Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  const {device = 'cpu'} = options;
  const file = options.file ?? (typeof model === 'string' ? model : 'model');
  if (typeof model === 'string' && !existsSync(model)) fail('E401', `${model}: no such file`);
  if (device !== 'auto') return open(model, device, file, options);
  if (!cudaInstalled()) return open(model, 'cpu', file, options);
  try {
    return await open(model, 'cuda', file, options);
  } catch (error) {
    if (!(error instanceof StrataError) || error.diagnostics[0]?.code !== 'E405') throw error;
    return open(model, 'cpu', file, options);
  }
}

async function open(
  model: string | Uint8Array,
  device: Device,
  file: string,
  options: SessionOptions,
): Promise<Session> {
  if (device.startsWith('cuda') && !cudaInstalled()) {
    fail(
      'E405',
      `device "${device}" is not available: onnxruntime-node is installed without its CUDA library`,
      {
        hint: 'with CUDA on the machine, run "node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install"; or set device: cpu',
      },
    );
  }
  const ort = await load();
  let session: InferenceSession;
  try {
    const settings = sessionSettings(device, options);
    session = await (typeof model === 'string'
      ? ort.InferenceSession.create(model, settings)
      : ort.InferenceSession.create(model, settings));
  } catch (error) {
    const reason = sentence(error);
    if (device !== 'cpu' && /adapter|execution ?provider|cuda|cudnn|device/i.test(reason)) {
      fail('E405', `device "${device}" is not available: ${reason}`, {
        hint: 'set device: cpu, or device: auto',
      });
    }
    fail('E402', `${file}: refused by ONNX Runtime ${runtimeVersion()}: ${reason}`);
  }
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    device,
    async run(feeds, outputs = session.outputNames) {
      try {
        const tensors = (all: Readonly<Record<string, Tensor>>): Record<string, OrtTensor> =>
          Object.fromEntries(
            Object.entries(all).map(([name, {type, data, dims}]) => [
              name,
              new ort.Tensor(type, data as Float32Array, dims),
            ]),
          );
        const wanted = isList(outputs) ? [...outputs] : tensors(outputs);
        const results = await session.run(tensors(feeds), wanted, {logSeverityLevel: 4});
        return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, plain(value)]));
      } catch (error) {
        const reason = sentence(error);
        const misfit = /invalid (dimensions|rank) for input|unexpected input data type|in 'feeds'/i.test(
          reason,
        );
        fail(misfit ? 'E404' : 'E402', `${file}: ${reason}`);
      }
    },
    release: () => session.release(),
  };
}

const isList = (
  outputs: readonly string[] | Readonly<Record<string, Tensor>>,
): outputs is readonly string[] => Array.isArray(outputs);

function sessionSettings(
  device: Device,
  {threads, folder, spin = true, arena = true}: SessionOptions,
): InferenceSession.SessionOptions {
  const [name = device, index] = device.split(':');
  return {
    executionProviders: [index === undefined ? name : {name: 'cuda', deviceId: Number(index)}],
    logSeverityLevel: 4,
    enableCpuMemArena: arena,
    ...(threads !== undefined && {intraOpNumThreads: threads}),
    extra: {
      session: {
        ...(!spin && {intra_op: {allow_spinning: '0'}}),
        ...(folder !== undefined && {model_external_initializers_file_folder_path: folder}),
      },
    },
  };
}

let loaded: Promise<typeof import('onnxruntime-node')> | undefined;

function load(): Promise<typeof import('onnxruntime-node')> {
  // Or CUDA rounds the factors of float32 products to 11 bits; its library reads this when it starts.
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
  loaded ??= import('onnxruntime-node').then(ort => {
    // Read once, when the first session opens: its own logger would write to stderr what we throw as diagnostics.
    ort.env.logLevel = 'fatal';
    return ort;
  });
  return loaded;
}

/** A runtime with Float16Array gives it for float16; the bits are what we promise. */
function plain(value: OrtTensor): Tensor {
  const {type, dims, data} = value;
  if (type === 'float16') {
    const bits = data as Uint16Array;
    return {type, dims, data: new Uint16Array(bits.buffer, bits.byteOffset, bits.length)};
  }
  return {type, dims, data} as Tensor;
}

/** The first sentence of what ONNX Runtime says, without source paths, function names and status codes. */
function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .replace(/\s+/g, ' ')
    .replace(/\/onnxruntime_src\/.*? was false\. /g, '')
    .replace(/\/onnxruntime_src\/\S+ [^:]*(::[^:]*)*?\) ?(const )?/g, '')
    .replace(/\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g, '')
    .replace(/^Load model from .* failed: ?/, '')
    .replace(/^Error: /, '')
    .replace(/ Please fix either the inputs\/outputs or the model\.$/, '')
    .trim();
}

function runtimeFolder(): string {
  return join(dirname(require.resolve('onnxruntime-node')), '..');
}

/** Whether `auto` tries CUDA. */
export const cudaInstalled = (): boolean => existsSync(cudaLibrary());

function cudaLibrary(): string {
  const name =
    process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return join(runtimeFolder(), 'bin', 'napi-v6', process.platform, process.arch, name);
}
