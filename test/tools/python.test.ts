import { expect, test } from 'vitest';
import { python, runPython } from '../support/python.ts';

test.skipIf(python() === null)('PyArrow is found, and a program gets its arguments', () => {
  const program =
    'import json, sys, pyarrow; print(json.dumps([int(pyarrow.__version__.split(".")[0]), sys.argv[1:]]))';
  const [major, args] = runPython<[number, string[]]>(program, ['ä', '--b']);
  expect(major).toBeGreaterThanOrEqual(14);
  expect(args).toEqual(['ä', '--b']);
});
