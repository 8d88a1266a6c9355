// The six numbers; the chosen one is drawn below.
import type { Answer } from "./api";
import { fullValue, shortValue } from "./format";
import { change, view } from "./view";
import { METRIC_KEYS, METRICS } from "./words";

export function Numbers({ answer }: { answer: Answer | undefined }) {
  const values = answer?.results[0]?.metrics;
  return (
    <div class="numbers" role="group" aria-label="Numbers of the period">
      {METRIC_KEYS.map((metric, place) => {
        const value = values?.[place];
        return (
          <button
            key={metric}
            type="button"
            class="number"
            data-metric={metric}
            aria-pressed={metric === view.value.metric}
            onClick={() => change({ metric })}
          >
            <span class="label">{METRICS[metric]}</span>
            {value === undefined ? (
              <span class="figure skeleton">&nbsp;</span>
            ) : (
              <span class="figure" title={fullValue(metric, value)}>
                {shortValue(metric, value)}
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}
