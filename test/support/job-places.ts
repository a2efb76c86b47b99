import { beforeAll, describe } from 'vitest';

/** Where the jobs of exports run, as `exportToParquet` takes it. */
export const jobPlace = { useThread: false };

/** Describes tests twice: with jobs in threads of their own, and in the thread of the export, as `jobPlace` says. */
export function inEachJobPlace(tests: () => void): void {
  describe.each([
    ['in threads of their own', false],
    ['in the thread of the export', true],
  ])('jobs %s:', (_, useThread) => {
    beforeAll(() => {
      jobPlace.useThread = useThread;
    });
    tests();
  });
}
