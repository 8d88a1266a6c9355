// Numbers, days and names as a person reads them.

const LOCALE = "en";
const whole = new Intl.NumberFormat(LOCALE);
const short = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 1 });
const countries = new Intl.DisplayNames(LOCALE, { type: "region" });

/** A metric's value in few characters. */
export function shortValue(metric: string, value: number): string {
  if (metric === "bounce_rate") return `${whole.format(Math.round(value))}%`;
  if (metric === "visit_duration") return duration(value);
  if (metric === "views_per_visit") return String(Math.round(value * 100) / 100);
  return value < 10_000 ? whole.format(value) : short.format(value);
}

/** A metric's value to the last digit. */
export function fullValue(metric: string, value: number): string {
  if (metric === "bounce_rate") return `${value}%`;
  if (metric === "visit_duration") return duration(value);
  return whole.format(value);
}

/** A value on the graph's scale: as short as can be. */
export function tickValue(metric: string, value: number): string {
  return shortValue(metric, value).replace(/ 00[sm]$/, "");
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds % 60);
  if (!minutes) return `${rest}s`;
  if (minutes < 60) return `${minutes}m ${String(rest).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

/** A row's name; what the page did not say is "(not set)". */
export function valueName(dimension: string, value: string): string {
  if (!value) return "(not set)";
  if (dimension !== "visit:country") return value;
  try {
    return countries.of(value) ?? value;
  } catch {
    return value;
  }
}

/** A label of the time axis; `long` is for the tooltip. Labels are local times of the project. */
export function timeLabel(bucket: string, label: string, long = false): string {
  // The label is a wall clock reading: read as UTC and written as UTC, it stays what it says.
  const moment = new Date(`${label.slice(0, 10)}T${label.slice(11) || "00:00:00"}Z`);
  const options: Intl.DateTimeFormatOptions = { timeZone: "UTC" };
  if (bucket === "time:hour") {
    Object.assign(options, { hour: "2-digit", minute: "2-digit", hour12: false });
    if (long) Object.assign(options, { weekday: "short", day: "numeric", month: "short" });
  } else if (bucket === "time:month") {
    Object.assign(options, { month: long ? "long" : "short", year: "numeric" });
  } else {
    Object.assign(options, { day: "numeric", month: "short" });
    if (long) Object.assign(options, { weekday: "long", year: "numeric" });
  }
  return new Intl.DateTimeFormat(LOCALE, options).format(moment);
}

/** The first and last day of a range in words. */
export function rangeName([first, last]: [string, string]): string {
  const options = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
  const format = new Intl.DateTimeFormat(LOCALE, options);
  return format.formatRange(new Date(`${first}T00:00Z`), new Date(`${last}T00:00Z`));
}

/** The project's wall clock now, as the API writes it: YYYY-MM-DD HH:MM:SS. */
export function wallClock(zone: string, moment = new Date()): string {
  // Swedish dates are ISO dates.
  const options = { timeZone: zone, dateStyle: "short", timeStyle: "medium" } as const;
  return new Intl.DateTimeFormat("sv-SE", options).format(moment);
}
