import { defineConfig } from 'vitest/config';

/** The tests run as compiled, so that what is tested is what is shipped, worker processes and all. */
export default defineConfig({
  test: {
    dir: 'dist/test',
    include: ['**/*.test.js'],
    globalSetup: ['dist/test/support/peers.js', 'dist/test/support/fast-disk.js'],
    maxWorkers: '100%',
    // A fresh process for each file, and every module through vite, would cost more than most files take: no test file leaves
    // anything behind in a module, and what is compiled is what Node is to run.
    isolate: false,
    experimental: { viteModuleRunner: false, nodeLoader: false },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // As in test/support/eventually.ts.
    expect: { poll: { timeout: 15_000 } },
  },
});
