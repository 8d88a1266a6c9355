// From an answer to points, and from a largest value to round ticks. Pure.
import type { Answer } from "./api";

export interface Point {
  label: string;
  value: number;
  /** The bucket is still running. */
  partial: boolean;
}

const HOUR_LABEL = 13;
const DAY_LABEL = 10;
const MONTH_LABEL = 7;

/** One point per label up to now; labels without a row are 0. `now` is the project's clock. */
export function makePoints(answer: Answer, metric: number, bucket: string, now: string): Point[] {
  const values = new Map(answer.results.map((row) => [row.dimensions[0], row.metrics[metric] ?? 0]));
  const labels = (answer.meta.time_labels ?? []).filter((label) => label <= now);
  return labels.map((label) => ({
    label,
    value: values.get(label) ?? 0,
    partial: isRunning(bucket, label, now),
  }));
}

function isRunning(bucket: string, label: string, now: string): boolean {
  if (bucket === "time:week") {
    return Date.parse(now.slice(0, DAY_LABEL)) - Date.parse(label) < 7 * 86_400_000;
  }
  const length = { "time:hour": HOUR_LABEL, "time:month": MONTH_LABEL }[bucket] ?? DAY_LABEL;
  return label.slice(0, length) === now.slice(0, length);
}

/** Three to five round values from 0 to at least `most`. Durations step by 15 s or minutes. */
export function niceTicks(most: number, metric: string): number[] {
  const steps = metric === "visit_duration" ? [15, 30, 60, 120, 300, 600, 1800, 3600] : [1, 2, 5];
  const least = Math.max(most, 1) / 4;
  const power = metric === "visit_duration" ? 1 : 10 ** Math.floor(Math.log10(least));
  const step = steps.map((one) => one * power).find((one) => one >= least) ?? 10 * power;
  const whole = metric === "views_per_visit" ? step : Math.max(step, 1);
  const count = Math.max(Math.ceil(most / whole), 1);
  return Array.from({ length: count + 1 }, (_, place) => place * whole);
}
