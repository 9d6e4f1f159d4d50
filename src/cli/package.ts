import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

/** Absolute path of a file of this package. */
export const packageFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

interface PackageJson {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const packageJson = (): PackageJson =>
  JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as PackageJson;

export const packageVersion = (): string => packageJson().version;

/** The version of Strata and of every package that it runs on; these are pinned exactly. */
export function packageVersions(): Record<string, string> {
  const {version, dependencies} = packageJson();
  return {strata: version, ...dependencies};
}
