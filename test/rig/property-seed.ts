// Properties are tried on the same cases every time, unless STRATA_SEED names others to try.
import fc from 'fast-check';

fc.configureGlobal({seed: Number(process.env['STRATA_SEED'] ?? 1)});
