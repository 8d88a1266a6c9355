import assert from "node:assert/strict";
import { test } from "node:test";
import { readView, type View, writeView } from "./link";

const usual: View = { period: "28d", from: "", to: "", filters: [], metric: "visitors" };

test("the usual view is an empty query string, and back", () => {
  assert.equal(writeView(usual), "");
  assert.deepEqual(readView(""), usual);
});

test("every view survives its link, commas and percent signs included", () => {
  const filters = [
    { op: "is", dimension: "event:page", values: ["/a,b", "/100%2C", "/ä & =?"] },
    { op: "contains", dimension: "visit:source", values: [""] },
  ];
  const seen = { period: "custom", from: "2026-01-01", to: "2026-01-31", filters, metric: "visits" };
  assert.deepEqual(readView(writeView(seen)), seen);
});

test("a filter that cannot be read is left out", () => {
  assert.deepEqual(readView("?f=is&f=&f=is,event:page,/x").filters, [
    { op: "is", dimension: "event:page", values: ["/x"] },
  ]);
});

test("a change of view keeps how the page is shown, and nothing else", () => {
  const search = "?embed=true&theme=dark&period=7d&f=is,event:page,/x";
  assert.equal(writeView(usual, search), "?embed=true&theme=dark");
});
