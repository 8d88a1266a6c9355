import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "./api";
import { makePoints, niceTicks } from "./scale";

function answer(labels: string[], rows: [string, number][]): Answer {
  return {
    results: rows.map(([label, value]) => ({ dimensions: [label], metrics: [value] })),
    meta: { time_labels: labels },
    query: { date_range: ["2026-03-01", "2026-03-03"], dimensions: ["time:day"] },
  };
}

test("labels without a row are 0, the future is left out, today is partial", () => {
  const given = answer(["2026-03-01", "2026-03-02", "2026-03-03"], [["2026-03-01", 4]]);
  assert.deepEqual(makePoints(given, 0, "time:day", "2026-03-02 09:30:00"), [
    { label: "2026-03-01", value: 4, partial: false },
    { label: "2026-03-02", value: 0, partial: true },
  ]);
});

test("an hour, a week and a month run until they end", () => {
  const running = (bucket: string, label: string, now: string) =>
    makePoints(answer([label], []), 0, bucket, now)[0]?.partial;
  assert.equal(running("time:hour", "2026-03-02 09:00:00", "2026-03-02 09:59:59"), true);
  assert.equal(running("time:hour", "2026-03-02 09:00:00", "2026-03-02 10:00:00"), false);
  assert.equal(running("time:week", "2026-03-02", "2026-03-08 23:00:00"), true);
  assert.equal(running("time:week", "2026-03-02", "2026-03-09 00:00:00"), false);
  assert.equal(running("time:month", "2026-03-01", "2026-03-31 12:00:00"), true);
  assert.equal(running("time:month", "2026-03-01", "2026-04-01 00:00:00"), false);
});

test("ticks are round, begin at 0 and cover the largest value", () => {
  assert.deepEqual(niceTicks(0, "visitors"), [0, 1]);
  assert.deepEqual(niceTicks(3, "visitors"), [0, 1, 2, 3]);
  assert.deepEqual(niceTicks(732, "visitors"), [0, 200, 400, 600, 800]);
  assert.deepEqual(niceTicks(2.16, "views_per_visit"), [0, 1, 2, 3]);
  assert.deepEqual(niceTicks(100, "visit_duration"), [0, 30, 60, 90, 120]);
  for (let most = 1; most < 100_000; most = Math.ceil(most * 1.37)) {
    const ticks = niceTicks(most, "visits");
    assert.ok((ticks.at(-1) ?? 0) >= most && ticks.length >= 2 && ticks.length <= 6, `${most}`);
  }
});
