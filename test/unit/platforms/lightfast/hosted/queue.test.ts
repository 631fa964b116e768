import { expect, test } from "vitest";
import { Queue } from "../../../../../src/platforms/lightfast/hosted/queue.ts";

test("what was first in is first out, and nothing is lost, however many come and go", () => {
  const queue = new Queue<{ readonly nth: number }>();
  expect(queue.take()).toBeUndefined();
  const taken: (number | undefined)[] = [];
  for (let nth = 0; nth < 6000; nth += 1) {
    queue.add({ nth });
    // Two stay behind of every three.
    if (nth % 3 === 0) taken.push(queue.take()?.nth);
    expect(queue.length).toBe(nth + 1 - taken.length);
  }
  while (queue.length > 0) taken.push(queue.take()?.nth);
  expect(taken).toEqual(Array.from({ length: 6000 }, (_, nth) => nth));
  expect(queue.take()).toBeUndefined();
});
