// What is looked at. It lives in the URL, so that every view is a link.
import { signal } from "@preact/signals";
import { readView, type View, writeView } from "./link";

export const view = signal<View>(readView(location.search));

/** Shows another view and remembers it in the browser's history. */
export function change(part: Partial<View>): void {
  const next = { ...view.value, ...part };
  history.pushState(null, "", location.pathname + writeView(next, location.search));
  view.value = next;
}

/** Narrows to one value of a dimension; the same value again widens. */
export function toggleFilter(dimension: string, value: string): void {
  const others = view.value.filters.filter((one) => one.dimension !== dimension);
  const filters = isFiltered(dimension, value)
    ? others
    : [...others, { op: "is", dimension, values: [value] }];
  change({ filters });
}

export function isFiltered(dimension: string, value: string): boolean {
  return view.value.filters.some(
    (one) => one.dimension === dimension && one.op === "is" && one.values.includes(value),
  );
}

export function dropFilter(place: number): void {
  change({ filters: view.value.filters.filter((_, other) => other !== place) });
}

addEventListener("popstate", () => {
  view.value = readView(location.search);
});
