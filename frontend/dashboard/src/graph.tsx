// The main graph: one metric over time, with a reading for pointer, arrow keys and screen readers.
import { useSignal } from "@preact/signals";
import type { Answer } from "./api";
import { fullValue, tickValue, timeLabel, wallClock } from "./format";
import { makePoints, niceTicks, type Point } from "./scale";
import { view } from "./view";
import { METRIC_KEYS, type MetricKey, METRICS } from "./words";

const LABELS = 7;

export function Graph({ answer, zone }: { answer: Answer | undefined; zone: string }) {
  const read = useSignal<number>(-1);
  if (!answer) return <div class="graph skeleton" aria-hidden="true" />;
  const metric = (METRIC_KEYS.find((key) => key === view.value.metric) ?? "visitors") as MetricKey;
  const bucket = answer.query.dimensions[0] ?? "time:day";
  const points = makePoints(answer, METRIC_KEYS.indexOf(metric), bucket, wallClock(zone));
  const ticks = niceTicks(Math.max(...points.map((point) => point.value), 0), metric);
  const top = ticks.at(-1) ?? 1;
  const at = (place: number) => (points.length < 2 ? 50 : (100 * place) / (points.length - 1));
  const pick = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    read.value = clamp(Math.round(share * (points.length - 1)), points.length);
  };
  const step = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const from = read.value < 0 && Math.abs(by) === 1 ? points.length - 1 - by : read.value;
    read.value = clamp(from + by, points.length);
  };
  const chosen = points[read.value];
  return (
    <figure class="graph">
      <div class="scale" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick} style={{ insetBlockEnd: `${(100 * tick) / top}%` }}>
            {tickValue(metric, tick)}
          </span>
        ))}
      </div>
      <div
        class="plot"
        role="slider"
        tabIndex={0}
        aria-label={`${METRICS[metric]} over time`}
        aria-valuemin={0}
        aria-valuemax={Math.max(points.length - 1, 0)}
        aria-valuenow={Math.max(read.value, 0)}
        aria-valuetext={chosen ? reading(chosen, metric, bucket) : "Use the arrow keys to read"}
        onPointerMove={pick}
        onPointerDown={pick}
        onPointerLeave={() => (read.value = -1)}
        onBlur={() => (read.value = -1)}
        onKeyDown={step}
      >
        <Lines points={points} ticks={ticks} top={top} at={at} />
        {chosen && (
          <>
            <span class="cursor" style={{ insetInlineStart: `${at(read.value)}%` }} />
            <span
              class="point"
              style={{
                insetInlineStart: `${at(read.value)}%`,
                insetBlockEnd: `${(100 * chosen.value) / top}%`,
              }}
            />
            <div
              class={at(read.value) > 60 ? "reading before" : "reading"}
              style={{ insetInlineStart: `${at(read.value)}%` }}
            >
              <span class="muted">{timeLabel(bucket, chosen.label, true)}</span>
              <strong>{fullValue(metric, chosen.value)}</strong> {METRICS[metric].toLowerCase()}
            </div>
          </>
        )}
      </div>
      <div class="axis" aria-hidden="true">
        {spread(points.length).map((place) => (
          <span key={place} style={{ insetInlineStart: `${at(place)}%` }}>
            {timeLabel(bucket, points[place]?.label ?? "")}
          </span>
        ))}
      </div>
    </figure>
  );
}

interface LinesProps {
  points: Point[];
  ticks: number[];
  top: number;
  at: (place: number) => number;
}

function Lines({ points, ticks, top, at }: LinesProps) {
  const place = (point: Point, index: number) => `${at(index)} ${100 - (100 * point.value) / top}`;
  const path = points.map(place);
  const whole = points.at(-1)?.partial ? path.slice(0, -1) : path;
  const last = path.slice(-2);
  return (
    <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      {ticks.map((tick) => (
        <line key={tick} class="rule" x1="0" x2="100" y1={100 - (100 * tick) / top} y2={100 - (100 * tick) / top} />
      ))}
      {path.length > 1 && (
        <path class="area" d={`M${path.join("L")}L${at(path.length - 1)} 100L0 100Z`} />
      )}
      {whole.length > 1 && <path class="line" d={`M${whole.join("L")}`} />}
      {whole.length < path.length && last.length > 1 && (
        <path class="line partial" d={`M${last.join("L")}`} />
      )}
      {path.length === 1 && <path class="dot" d={`M${path[0]}h0`} />}
    </svg>
  );
}

function reading(point: Point, metric: MetricKey, bucket: string): string {
  const value = fullValue(metric, point.value);
  return `${timeLabel(bucket, point.label, true)}: ${value} ${METRICS[metric].toLowerCase()}`;
}

function clamp(place: number, count: number): number {
  return Math.min(Math.max(place, 0), count - 1);
}

/** Places of at most LABELS labels, evenly apart. */
function spread(count: number): number[] {
  const step = Math.max(Math.ceil(count / LABELS), 1);
  return Array.from({ length: Math.ceil(count / step) }, (_, place) => place * step);
}
