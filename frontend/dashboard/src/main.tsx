// The dashboard of one project.
import { render } from "preact";
import { readAs } from "./api";
import { board, live, loading, type Project, problem, start } from "./board";
import { Card } from "./card";
import "./dashboard.css";
import { Graph } from "./graph";
import { Header, Pills } from "./header";
import { Numbers } from "./numbers";
import { CARDS } from "./words";

const root = document.getElementById("dashboard") as HTMLElement;
const { project: id = "", zone = "UTC", snippet = "", name = "", settings = "" } = root.dataset;
const { share, public: shown } = root.dataset;
const project: Project = { id, zone, snippet, shared: Boolean(share ?? shown) };
if (share) readAs({ "x-daysalt-share": share });
else if (shown) readAs({ "x-daysalt-public": shown });

function Dashboard() {
  const shown = board.value;
  const nothingYet = live.value && !live.value.has_data;
  return (
    <div class={loading.value && shown ? "board stale" : "board"} aria-busy={loading.value}>
      <Header name={name} settings={settings} />
      <Pills />
      <Trouble />
      {nothingYet ? (
        <Waiting />
      ) : (
        <>
          <div class="card main">
            <Numbers answer={shown?.totals} />
            <Graph answer={shown?.graph} zone={project.zone} />
          </div>
          <div class="cards">
            {CARDS.map(({ title, tabs }, place) => (
              <Card
                key={title}
                title={title}
                choices={tabs}
                place={place}
                answer={shown?.cards[place]}
              />
            ))}
          </div>
          <p class="muted foot">
            Unique visitors of several days are a sum of days: nobody can be followed from one day
            to the next. Days begin and end in {project.zone}.
          </p>
        </>
      )}
    </div>
  );
}

function Trouble() {
  const found = problem.value;
  if (!found) return null;
  if (project.shared && found.status === 404) {
    return (
      <p class="trouble" role="alert">
        These numbers are no longer shared with you. Ask whoever sent you the link.
      </p>
    );
  }
  const ended = found.status === 401 || found.status === 403;
  return (
    <p class="trouble" role="alert">
      {ended ? "Your session has ended." : found.message}{" "}
      {ended && <a href={`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`}>Log in</a>}
    </p>
  );
}

function Waiting() {
  return (
    <section class="card waiting">
      <p role="status">
        <span class="dot" /> Waiting for the first page view …
      </p>
      {!project.shared && (
        <>
          <p>
            Paste this line into the <code>&lt;head&gt;</code> of every page:
          </p>
          <pre class="snippet">{project.snippet}</pre>
        </>
      )}
    </section>
  );
}

render(<Dashboard />, root);
start(project);
