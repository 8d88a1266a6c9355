// Who is there now, the period, and the filters that hold.
import { board, live } from "./board";
import { rangeName, valueName } from "./format";
import { change, dropFilter, view } from "./view";
import { filterName, operatorName, PERIODS } from "./words";

export function Header({ name, settings }: { name: string; settings: string }) {
  return (
    <div class="board-head">
      <h1>{name}</h1>
      <Current />
      {settings && <a class="settings" href={settings}>Settings</a>}
      {settings && <a class="settings" href="ledger/">Ledger</a>}
      <Period />
    </div>
  );
}

function Current() {
  const count = live.value?.current_visitors;
  if (count === undefined) return <p class="current muted">…</p>;
  return (
    <p class={count ? "current live" : "current"} role="status">
      <span class="dot" /> <strong>{count}</strong> current visitor{count === 1 ? "" : "s"}
    </p>
  );
}

function Period() {
  const { period, from, to } = view.value;
  const range = board.value?.totals.query.date_range;
  const choose = (event: Event) => {
    const chosen = (event.currentTarget as HTMLSelectElement).value;
    const [first = "", last = ""] = range ?? [];
    change(chosen === "custom" ? { period: chosen, from: first, to: last } : { period: chosen });
  };
  return (
    <div class="period">
      {period === "custom" ? (
        <>
          <Day label="From" value={from} most={to} onDay={(day) => change({ from: day })} />
          <Day label="To" value={to} least={from} onDay={(day) => change({ to: day })} />
        </>
      ) : (
        range && <span class="muted">{rangeName(range)}</span>
      )}
      <select aria-label="Period" value={period} onChange={choose}>
        {Object.entries(PERIODS).map(([key, words]) => (
          <option key={key} value={key}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

interface DayProps {
  label: string;
  value: string;
  least?: string;
  most?: string;
  onDay: (day: string) => void;
}

function Day({ label, value, least, most, onDay }: DayProps) {
  const take = (event: Event) => {
    const day = (event.currentTarget as HTMLInputElement).value;
    if (day) onDay(day);
  };
  return <input type="date" aria-label={label} value={value} min={least} max={most} onChange={take} />;
}

export function Pills() {
  const { filters } = view.value;
  if (!filters.length) return null;
  return (
    <ul class="pills" aria-label="Filters">
      {filters.map(({ op, dimension, values }, place) => (
        <li key={`${op}${dimension}${values}`}>
          <span>
            {filterName(dimension)} {operatorName(op)}{" "}
            <bdi>{values.map((value) => valueName(dimension, value)).join(" or ")}</bdi>
          </span>
          <button type="button" aria-label="Remove this filter" onClick={() => dropFilter(place)}>
            ×
          </button>
        </li>
      ))}
      {filters.length > 1 && (
        <li class="plain">
          <button type="button" onClick={() => change({ filters: [] })}>
            Remove all
          </button>
        </li>
      )}
    </ul>
  );
}
