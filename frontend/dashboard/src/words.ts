// Every word a person reads on the dashboard.

export const METRICS = {
  visitors: "Unique visitors",
  visits: "Total visits",
  pageviews: "Total pageviews",
  views_per_visit: "Views per visit",
  bounce_rate: "Bounce rate",
  visit_duration: "Visit duration",
} as const;

export type MetricKey = keyof typeof METRICS;
export const METRIC_KEYS = Object.keys(METRICS) as MetricKey[];

export const PERIODS = {
  day: "Today",
  yesterday: "Yesterday",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "28d": "Last 28 days",
  "91d": "Last 91 days",
  month: "This month",
  "12mo": "Last 12 months",
  year: "This year",
  all: "All time",
  custom: "Custom range",
} as const;

export interface Tab {
  dimension: string;
  label: string;
}

/** The cards, in reading order; a card with several tabs shows one of them at a time. */
export const CARDS: { title: string; tabs: Tab[] }[] = [
  {
    title: "Sources",
    tabs: [
      { dimension: "visit:source", label: "Sources" },
      { dimension: "visit:channel", label: "Channels" },
    ],
  },
  {
    title: "Pages",
    tabs: [
      { dimension: "event:page", label: "Top pages" },
      { dimension: "visit:entry_page", label: "Entry pages" },
      { dimension: "visit:exit_page", label: "Exit pages" },
    ],
  },
  { title: "Countries", tabs: [{ dimension: "visit:country", label: "Countries" }] },
  {
    title: "Devices",
    tabs: [
      { dimension: "visit:device", label: "Devices" },
      { dimension: "visit:browser", label: "Browsers" },
      { dimension: "visit:os", label: "Systems" },
    ],
  },
  { title: "Events", tabs: [{ dimension: "event:name", label: "Events" }] },
];

const FILTER_NAMES: Record<string, string> = {
  "event:page": "Page",
  "event:name": "Event",
  "event:hostname": "Hostname",
  "visit:source": "Source",
  "visit:channel": "Channel",
  "visit:entry_page": "Entry page",
  "visit:exit_page": "Exit page",
  "visit:country": "Country",
  "visit:device": "Device",
  "visit:browser": "Browser",
  "visit:os": "System",
};

const OPERATORS: Record<string, string> = {
  is: "is",
  is_not: "is not",
  contains: "contains",
  contains_not: "does not contain",
};

export function filterName(dimension: string): string {
  return FILTER_NAMES[dimension] ?? dimension;
}

export function operatorName(op: string): string {
  return OPERATORS[op] ?? op;
}
