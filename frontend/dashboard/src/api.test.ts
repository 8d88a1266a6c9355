import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiProblem } from "./api";

test("only outages pass by themselves", () => {
  const passing = [0, 400, 401, 403, 404, 429, 500, 503].filter((status) => new ApiProblem(status, "").passes);
  assert.deepEqual(passing, [0, 429, 500, 503]);
});
