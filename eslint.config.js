import {fileURLToPath} from 'node:url';
import tseslint from 'typescript-eslint';

/** What each folder of src may import, besides itself: arrows point down only. */
const ARROWS = {
  diagnostics: [],
  onnx: ['diagnostics'],
  kernels: ['onnx/session', 'onnx/build', 'diagnostics'],
  stages: ['kernels', 'onnx', 'diagnostics'],
  store: ['stages', 'kernels', 'onnx', 'diagnostics'],
  config: ['diagnostics'],
  runner: ['config', 'store', 'stages', 'kernels', 'onnx', 'diagnostics'],
  report: ['config', 'store', 'stages', 'kernels', 'onnx', 'diagnostics'],
  cli: ['runner', 'report', 'config', 'store', 'stages', 'kernels', 'onnx', 'diagnostics'],
};

/** An import of another folder of src that the arrows do not allow. */
const arrows = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {up: '"{{from}}" may not import "{{to}}": arrows point down only'},
  },
  create(context) {
    const root = fileURLToPath(new URL('./src/', import.meta.url));
    if (!context.filename.startsWith(root)) return {};
    const own = context.filename.slice(root.length);
    const from = own.split('/')[0];
    const check = node => {
      const source = node.source?.value;
      if (typeof source !== 'string' || !source.startsWith('.')) return;
      const target = fileURLToPath(new URL(source, `file://${context.filename}`));
      if (!target.startsWith(root)) return;
      const to = target.slice(root.length).replace(/\.js$/, '');
      if (to.startsWith(`${from}/`)) return;
      const allowed = ARROWS[from] ?? [];
      if (!allowed.some(a => to === a || to.startsWith(`${a}/`)))
        context.report({node, messageId: 'up', data: {from, to}});
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

export default tseslint.config(
  {ignores: ['dist', 'node_modules', 'schemas', 'outputs', 'models', 'test/fixtures']},
  ...tseslint.configs.strictTypeChecked.map(c => ({...c, files: ['**/*.ts']})),
  {
    files: ['**/*.ts'],
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    plugins: {strata: {rules: {arrows}}},
    rules: {
      'strata/arrows': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
      '@typescript-eslint/no-confusing-void-expression': ['error', {ignoreArrowShorthand: true}],
      // An index below the length of a typed array is never undefined; "!" says so where the loop proves it.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
