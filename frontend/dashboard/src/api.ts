// Talks to the query API, the same that customers use.

export interface Row {
  dimensions: string[];
  metrics: number[];
}

export interface Answer {
  results: Row[];
  meta: { time_labels?: string[] };
  query: { date_range: [string, string]; dimensions: string[] };
}

export interface Live {
  current_visitors: number;
  has_data: boolean;
  latest: string;
}

/** What the server says or does not say; `status` is 0 when it cannot be reached. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  /** Tells whether the same request may succeed later: nothing about it is wrong. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

let key: Record<string, string> = {};

/** Reads as whoever was shown this one project: every request carries the header. */
export function readAs(header: Record<string, string>): void {
  key = header;
}

/** Asks several queries about one project in one request. */
export async function ask(
  project: string,
  queries: object[],
  signal: AbortSignal,
): Promise<Answer[]> {
  const answer = await request("/api/v1/queries", {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrftoken": csrfToken() },
    body: JSON.stringify({ project_id: project, queries }),
    signal,
  });
  return ((await answer.json()) as { results: Answer[] }).results;
}

export async function askLive(project: string): Promise<Live> {
  const answer = await request(`/api/v1/projects/${project}/realtime`, {});
  return (await answer.json()) as Live;
}

async function request(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, { ...init, headers: { ...init.headers, ...key } }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem(0, "The server cannot be reached. Trying again …");
  });
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => undefined);
  throw new ApiProblem(answer.status, body?.error?.message ?? `The server answered ${answer.status}.`);
}

function csrfToken(): string {
  return document.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
}
