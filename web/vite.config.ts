import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Relative addresses: the page also works below a path of a proxy.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../src/instructerc/serving/page',
    emptyOutDir: true,
    target: 'es2022',
    // One script and one style sheet: nothing to preload, and nothing inline that the content security policy would refuse.
    modulePreload: false,
    assetsInlineLimit: 0,
    // The bundle holds Preact and its signals, whose licence asks to go with it.
    license: { fileName: 'assets/licenses.md' },
  },
  server: { proxy: { '/v1': { target: 'http://127.0.0.1:8600', ws: true } } },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
