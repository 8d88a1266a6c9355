// A view (period, filters, metric) and its query string. Pure.

export interface Filter {
  op: string;
  dimension: string;
  values: string[];
}

export interface View {
  period: string;
  from: string;
  to: string;
  filters: Filter[];
  metric: string;
}

export const USUAL_PERIOD = "28d";
export const USUAL_METRIC = "visitors";

/** Reads a view from a query string; what it does not say is as usual. */
export function readView(search: string): View {
  const given = new URLSearchParams(search);
  return {
    period: given.get("period") ?? USUAL_PERIOD,
    from: given.get("from") ?? "",
    to: given.get("to") ?? "",
    filters: given.getAll("f").map(readFilter).filter((one) => one !== undefined),
    metric: given.get("metric") ?? USUAL_METRIC,
  };
}

/** How the page itself is shown; a change of view leaves it as it is. */
const KEPT = ["embed", "theme"];

/** Writes a view as a query string; the usual view is an empty one. */
export function writeView(seen: View, search = ""): string {
  const out = new URLSearchParams();
  const before = new URLSearchParams(search);
  for (const name of KEPT) {
    const value = before.get(name);
    if (value !== null) out.set(name, value);
  }
  if (seen.period !== USUAL_PERIOD) out.set("period", seen.period);
  if (seen.period === "custom") {
    out.set("from", seen.from);
    out.set("to", seen.to);
  }
  if (seen.metric !== USUAL_METRIC) out.set("metric", seen.metric);
  for (const { op, dimension, values } of seen.filters) {
    // A comma separates values, so one inside a value is written as %2C.
    const parts = values.map((value) => value.replaceAll("%", "%25").replaceAll(",", "%2C"));
    out.append("f", [op, dimension, ...parts].join(","));
  }
  const text = out.toString();
  return text && `?${text}`;
}

function readFilter(text: string): Filter | undefined {
  const [op, dimension, ...values] = text.split(",");
  if (!op || !dimension || !values.length) return undefined;
  return {
    op,
    dimension,
    values: values.map((value) => value.replaceAll("%2C", ",").replaceAll("%25", "%")),
  };
}
