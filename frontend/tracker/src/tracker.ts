// The script a page loads: page views and custom events; nothing is stored in the browser.

type Props = Record<string, string | number | boolean>;
interface Options {
  props?: Props;
  revenue?: { amount: string | number; currency: string };
  interactive?: boolean;
}
type Call = [name: string, options?: Options];
interface Daysalt {
  (...call: Call): void;
  q?: IArguments[];
}
declare global {
  interface Window {
    daysalt?: Daysalt;
  }
}

const script = document.currentScript as HTMLScriptElement | null;
const project = script?.dataset.project;
const origin = script ? new URL(script.src).origin : "";
let lastUrl: string | undefined;

function send(path: string, beacon: Record<string, unknown>): void {
  const body = JSON.stringify({ p: project, u: location.href, ...beacon });
  // A string travels as text/plain, which needs no preflight, and outlives the page.
  if (!navigator.sendBeacon?.(origin + path, body)) {
    fetch(origin + path, { method: "POST", body, keepalive: true }).catch(() => {});
  }
}

function pageview(): void {
  const url = location.pathname + location.search;
  if (url === lastUrl) return;
  // Within the site the referrer of a later view is the site itself.
  const first = lastUrl === undefined;
  lastUrl = url;
  send("/pageview", { r: first ? document.referrer : undefined, w: innerWidth });
}

function track(name: string, options: Options = {}): void {
  const { props, revenue, interactive } = options;
  send("/event", {
    n: name,
    m: props,
    $: revenue && { a: String(revenue.amount), c: revenue.currency },
    i: interactive,
  });
}

function whenVisible(act: () => void): void {
  if (document.visibilityState === "visible") return act();
  const look = (): void => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", look);
    act();
  };
  document.addEventListener("visibilitychange", look);
}

function start(): void {
  const push = history.pushState;
  history.pushState = function (...args) {
    push.apply(this, args);
    pageview();
  };
  addEventListener("popstate", pageview);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    lastUrl = undefined;
    pageview();
  });
  const early = window.daysalt?.q ?? [];
  window.daysalt = track;
  whenVisible(() => {
    pageview();
    for (const call of early) track(...(Array.from(call) as Call));
  });
}

if (project) start();

export {};
