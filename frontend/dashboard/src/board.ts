// The numbers on screen: loads them when the view changes and when new events arrive.
import { effect, signal, untracked } from "@preact/signals";
import { type Answer, ApiProblem, ask, askLive, type Live } from "./api";
import { wallClock } from "./format";
import type { View } from "./link";
import { view } from "./view";
import { CARDS, METRIC_KEYS } from "./words";

export const ROWS = 9;
const LIVE_MS = 2_000;
/** New events redraw the numbers at most this often. */
const REDRAW_MS = 10_000;

export interface Board {
  totals: Answer;
  graph: Answer;
  cards: Answer[];
}

export interface Project {
  id: string;
  zone: string;
  snippet: string;
  /** Shown to somebody who is no member: nothing but numbers. */
  shared: boolean;
}

export const board = signal<Board>();
export const live = signal<Live>();
export const loading = signal(false);
export const problem = signal<ApiProblem>();
/** The tab that each card shows. */
export const tabs = signal<number[]>(CARDS.map(() => 0));

let running: AbortController | undefined;
let loadedAt = 0;
let seen = "";

/** Loads whenever the view or a tab changes, and watches for new events. */
export function start(project: Project): void {
  effect(() => {
    void load(project, view.value, tabs.value);
  });
  void watch(project);
}

export async function load(project: Project, seenView: View, shown: number[]): Promise<void> {
  running?.abort();
  const mine = (running = new AbortController());
  loading.value = true;
  try {
    const queries = makeQueries(seenView, shown, project.zone);
    const [totals, graph, ...cards] = await ask(project.id, queries, mine.signal);
    if (!totals || !graph) throw new ApiProblem(500, "The server's answer is not complete.");
    board.value = { totals, graph, cards };
    problem.value = undefined;
    loadedAt = Date.now();
  } catch (error) {
    if (mine.signal.aborted) return;
    problem.value = error instanceof ApiProblem ? error : new ApiProblem(0, String(error));
  }
  loading.value = false;
}

/** The queries of one load: totals, graph, then a card each. */
export function makeQueries(seenView: View, shown: number[], zone: string): object[] {
  const filters = seenView.filters.map(({ op, dimension, values }) => [op, dimension, values]);
  const shared = { date_range: dateRange(seenView, zone), filters };
  const cards = CARDS.map((card, place) => {
    const dimension = card.tabs[shown[place] ?? 0]?.dimension ?? "";
    const own = dimension === "event:name" ? [["is_not", "event:name", ["pageview"]]] : [];
    return {
      ...shared,
      metrics: dimension === "event:name" ? ["visitors", "events"] : ["visitors"],
      dimensions: [dimension],
      filters: [...filters, ...own],
      pagination: { limit: ROWS },
    };
  });
  const include = { time_labels: true };
  return [
    { ...shared, metrics: METRIC_KEYS },
    { ...shared, metrics: METRIC_KEYS, dimensions: ["time"], include },
    ...cards,
  ];
}

function dateRange({ period, from, to }: View, zone: string): string | [string, string] {
  if (period === "custom") return [from, to];
  if (period !== "yesterday") return period;
  const today = new Date(`${wallClock(zone).slice(0, 10)}T00:00Z`);
  const day = new Date(today.getTime() - 86_400_000).toISOString().slice(0, 10);
  return [day, day];
}

async function watch(project: Project): Promise<void> {
  if (document.visibilityState === "visible") {
    try {
      const before = live.value;
      const now = (live.value = await askLive(project.id));
      const first = now.has_data && before?.has_data === false;
      const late = now.latest !== seen && Date.now() - loadedAt > REDRAW_MS;
      if (first || late || problem.value?.passes) {
        if (seen || first || problem.value) {
          await load(project, untracked(() => view.value), tabs.value);
        }
        seen = now.latest;
      }
    } catch (error) {
      if (error instanceof ApiProblem) problem.value = error;
    }
  }
  setTimeout(() => void watch(project), LIVE_MS);
}
