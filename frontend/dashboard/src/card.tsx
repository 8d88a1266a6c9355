// One card: names over proportional bars, numbers at the right; a row is a filter.
import type { Answer } from "./api";
import { tabs } from "./board";
import { fullValue, shortValue, valueName } from "./format";
import { isFiltered, toggleFilter } from "./view";
import type { Tab } from "./words";

interface Props {
  title: string;
  choices: Tab[];
  place: number;
  answer: Answer | undefined;
}

export function Card({ title, choices, place, answer }: Props) {
  const dimension = answer?.query.dimensions[0];
  const most = Math.max(...(answer?.results.map((row) => row.metrics[0] ?? 0) ?? []), 1);
  return (
    <section class="card" aria-label={title}>
      <header class="card-head">
        <Tabs choices={choices} place={place} />
        <span class="muted">{dimension === "event:name" ? "Visitors / Total" : "Visitors"}</span>
      </header>
      {!answer || !dimension ? (
        <Skeleton />
      ) : answer.results.length ? (
        <ol class="rows">
          {answer.results.map((row) => (
            <Row key={row.dimensions[0]} dimension={dimension} most={most} row={row} />
          ))}
        </ol>
      ) : (
        <p class="muted empty">Nothing in this period.</p>
      )}
    </section>
  );
}

function Tabs({ choices, place }: { choices: Tab[]; place: number }) {
  if (choices.length === 1) return <h2>{choices[0]?.label}</h2>;
  const shown = tabs.value[place];
  const show = (other: number) => {
    tabs.value = tabs.value.map((old, card) => (card === place ? other : old));
  };
  return (
    <div class="tabs" role="group">
      {choices.map((tab, other) => (
        <button
          key={tab.dimension}
          type="button"
          aria-pressed={other === shown}
          onClick={() => show(other)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}

interface RowProps {
  dimension: string;
  most: number;
  row: { dimensions: string[]; metrics: number[] };
}

function Row({ dimension, most, row }: RowProps) {
  const value = row.dimensions[0] ?? "";
  const [visitors = 0, total] = row.metrics;
  const on = isFiltered(dimension, value);
  const name = valueName(dimension, value);
  return (
    <li>
      <button
        type="button"
        class="row"
        aria-pressed={on}
        title={on ? `Stop filtering by ${name}` : `Show only ${name}`}
        onClick={() => toggleFilter(dimension, value)}
      >
        <span class="bar" style={{ inlineSize: `${(100 * visitors) / most}%` }} />
        <bdi class="name">{name}</bdi>
        <span class="value" title={fullValue("visitors", visitors)}>
          {shortValue("visitors", visitors)}
          {total !== undefined && <span class="muted"> / {shortValue("events", total)}</span>}
        </span>
      </button>
    </li>
  );
}

function Skeleton() {
  return (
    <ol class="rows skeleton" aria-hidden="true">
      {[90, 70, 55, 40, 30].map((width) => (
        <li key={width}>
          <span class="row">
            <span class="bar" style={{ inlineSize: `${width}%` }} />
          </span>
        </li>
      ))}
    </ol>
  );
}
