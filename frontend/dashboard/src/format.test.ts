import assert from "node:assert/strict";
import { test } from "node:test";
import { fullValue, rangeName, shortValue, tickValue, timeLabel, valueName, wallClock } from "./format";

test("numbers are short on the page and whole in the tooltip", () => {
  assert.equal(shortValue("visitors", 9_999), "9,999");
  assert.equal(shortValue("visitors", 25_917), "25.9K");
  assert.equal(fullValue("visitors", 25_917), "25,917");
  assert.equal(shortValue("bounce_rate", 43.7), "44%");
  assert.equal(shortValue("visit_duration", 78), "1m 18s");
  assert.equal(shortValue("visit_duration", 3_725), "1h 02m");
  assert.equal(tickValue("visit_duration", 240), "4m");
});

test("a label is the project's wall clock, whatever the reader's zone", () => {
  assert.equal(timeLabel("time:hour", "2026-03-29 23:00:00"), "23:00");
  assert.equal(timeLabel("time:day", "2026-03-29"), "Mar 29");
  assert.equal(timeLabel("time:month", "2026-03-01", true), "March 2026");
  assert.equal(wallClock("Asia/Kathmandu", new Date("2026-01-01T20:00Z")), "2026-01-02 01:45:00");
});

test("countries have names, and what is not known says so", () => {
  assert.equal(valueName("visit:country", "DE"), "Germany");
  assert.equal(valueName("visit:country", ""), "(not set)");
  assert.equal(valueName("visit:country", "!"), "!");
  assert.equal(valueName("event:page", "DE"), "DE");
});

test("a range is written once where both ends agree", () => {
  assert.match(rangeName(["2026-11-01", "2026-11-24"]), /^Nov 1\s–\s24, 2026$/);
});
