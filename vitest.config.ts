import { defineConfig } from 'vitest/config';

/** The tests run as compiled, so that what is tested is what is shipped, worker processes and all. */
export default defineConfig({
  test: {
    dir: 'dist/test',
    include: ['**/*.test.js'],
    globalSetup: 'dist/test/support/peers.js',
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
