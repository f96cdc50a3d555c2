// The page's behaviour: what is said or clicked becomes a turn, and the parts of the page that the
// server sends back take their places. Nothing is rendered here.

const $ = (id) => document.getElementById(id);
const page = document.body.dataset;
const dialog = $("large");
let turns = 0; // begun by this page; what comes of an older one is not shown any more
const underway = new Set(); // what is asked and not answered: the same again would be a slip
let before = Promise.resolve(); // the turn before: they follow one another, as they were begun

// ---- talking to the server

async function asked(method, path, body) {
  const json = body !== undefined && !(body instanceof Blob);
  const response = await fetch(path, {
    method,
    headers: json ? { "content-type": "application/json" } : {},
    body: json ? JSON.stringify(body) : body,
  }).catch(away);
  if (response.ok) return response;
  if (response.status === 401) signIn();
  const told = await response.json().catch(() => ({}));
  const again = response.status === 503 ? ` Try again in ${response.headers.get("retry-after")} s.` : "";
  throw new Error((typeof told.detail === "string" ? told.detail : "That cannot be done.") + again);
}

function away() {
  throw new Error("The server does not answer. What you wrote stays here: try again when it runs.");
}

// Signed out elsewhere: loading the page anew asks for the token; what is being written outlives that.
function signIn() {
  kept();
  location.reload();
}

// What is being written here outlives a reload, in this window and at this address.
const draft = () => `said ${location.pathname}${location.search}`;
function kept() {
  if ($("said").value) sessionStorage.setItem(draft(), $("said").value);
  else sessionStorage.removeItem(draft());
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read().catch(away);
    if (done) return;
    held += value;
    for (let end; (end = held.indexOf("\n\n")) >= 0; held = held.slice(end + 2)) {
      const lines = held.slice(0, end).split("\n");
      const name = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
      yield { name, data: data.join("\n") };
    }
  }
}

async function begun() {
  if (page.session) return;
  const made = await (await asked("POST", "/api/v1/sessions", { collection: page.collection })).json();
  page.session = made.name;
  sessionStorage.removeItem(draft());
  history.pushState(null, "", `/s/${encodeURIComponent(made.name)}`); // so that Back leads to the page before
  document.title = `${made.name} · dialens`;
  kept();
}

// Undo and Redo mean one step more each time; of anything else one is enough.
const repeats = (what) => what.undo || what.redo;

function turn(what) {
  const same = JSON.stringify(what);
  if (underway.has(same) && !repeats(what)) return before;
  underway.add(same);
  const mine = ++turns;
  say("Searching …");
  before = before.then(() => taken(what, mine)).finally(() => underway.delete(same));
  return before;
}

async function taken(what, mine) {
  try {
    await begun();
    const path = `/page/${encodeURIComponent(page.session)}/turns`;
    const response = await asked("POST", path, { stages: $("stages").value, ...what });
    for await (const { name, data } of events(response.body)) {
      if (name === "error") throw new Error(data);
      if (mine === turns) show(JSON.parse(data), name);
    }
    if (what.said && $("said").value.trim() === what.said) $("said").value = ""; // it was heard
    kept();
  } catch (error) {
    say(error.message, true);
  }
}

function show(parts, name) {
  const focused = document.activeElement?.closest?.(".card")?.dataset.id;
  for (const [place, html] of Object.entries(parts)) $(place).innerHTML = html;
  const cards = document.querySelectorAll(".card");
  if (focused) (card(focused) ?? cards[0])?.querySelector(".open").focus();
  say(name === "better" ? `${cards.length} pictures so far …` : `${cards.length} pictures.`);
  $("talk").scrollTop = $("talk").scrollHeight;
}

function say(words, wrong = false) {
  $("status").textContent = words;
  $("status").classList.toggle("lost", wrong);
}

const card = (id) => document.querySelector(`.card[data-id="${CSS.escape(id)}"]`);

// ---- words, pictures, chips

$("said").addEventListener("input", kept);
$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const said = $("said").value.trim();
  if (said) turn({ said });
});

async function example(file) {
  say("Sending the picture …");
  try {
    const { id } = await (await asked("POST", "/api/v1/uploads", file)).json();
    const said = $("said").value.trim();
    await turn({ example: id, said });
  } catch (error) {
    say(error.message, true);
  }
}

$("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (file) example(file);
});

addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  document.body.classList.add("dropping");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  const file = [...event.dataTransfer.files].find((one) => one.type.startsWith("image/"));
  if (file) example(file);
  else say("That is no picture.", true);
});
addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  if (file) example(file);
});

document.addEventListener("submit", (event) => {
  const number = event.target.dataset.change;
  if (!number) return;
  event.preventDefault();
  const text = event.target.querySelector("input").value.trim();
  turn({ change: { number: Number(number), text } });
});

// ---- clicks

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.turn) {
    const what = JSON.parse(button.dataset.turn);
    if (event.detail > 1 && !repeats(what)) return; // of a double click the first did it
    dialog.close();
    turn(what);
  } else if (button.dataset.open) {
    open(button.dataset.open);
  } else if (button.dataset.remove) {
    remove(button.dataset.remove);
  }
});

async function open(id) {
  try {
    const path = `/page/${encodeURIComponent(page.session)}/pictures/${id}`;
    dialog.innerHTML = await (await asked("GET", path)).text();
    dialog.dataset.id = id;
    if (!dialog.open) dialog.showModal();
  } catch (error) {
    say(error.message, true);
  }
}

dialog.addEventListener("close", () => card(dialog.dataset.id)?.querySelector(".open").focus());

// ---- keys

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };
const DEEDS = { l: (id) => ({ like: [id] }), x: (id) => ({ unlike: [id] }), m: (id) => ({ more_like: id }), u: () => ({ undo: true }) };

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select, textarea")) return;
  if (dialog.open) return void beside(event);
  const here = event.target.closest(".card");
  if (event.key === "/") {
    event.preventDefault();
    $("said").focus();
  } else if (here && DEEDS[event.key]) {
    if (!event.repeat) turn(DEEDS[event.key](here.dataset.id));
  } else if (here && event.key.startsWith("Arrow")) {
    event.preventDefault();
    step(here, event.key)?.querySelector(".open").focus();
  }
});

function step(here, key) {
  const cards = [...document.querySelectorAll(".card")];
  const at = cards.indexOf(here);
  if (STEPS[key]) return cards[at + STEPS[key]];
  const middle = (one) => one.getBoundingClientRect().left;
  const rows = key === "ArrowDown" ? cards.slice(at + 1) : cards.slice(0, at).reverse();
  return rows.find((one) => Math.abs(middle(one) - middle(here)) < 40);
}

function beside(event) {
  const here = card(dialog.dataset.id);
  const next = here && STEPS[event.key] && step(here, event.key);
  if (next) open(next.dataset.id);
}

// ---- conversations, collections, colours

$("collection").addEventListener("change", (event) => {
  location.href = `/?collection=${encodeURIComponent(event.target.value)}`;
});

$("sessions").addEventListener("toggle", async () => {
  if (!$("sessions").open) return;
  try {
    const path = `/page/sessions?session=${encodeURIComponent(page.session)}`;
    $("kept").innerHTML = await (await asked("GET", path)).text();
  } catch (error) {
    say(error.message, true);
  }
});

$("rename")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = new FormData(event.target).get("name");
  try {
    await asked("PATCH", `/api/v1/sessions/${encodeURIComponent(page.session)}`, { name });
    location.href = `/s/${encodeURIComponent(name)}`;
  } catch (error) {
    say(error.message, true);
  }
});

async function remove(name) {
  if (!confirm(`Delete the conversation ${name}? The pictures stay.`)) return;
  try {
    await asked("DELETE", `/api/v1/sessions/${encodeURIComponent(name)}`);
    location.href = name === page.session ? "/" : location.href;
  } catch (error) {
    say(error.message, true);
  }
}

$("sync")?.addEventListener("click", () => worked(page.collection, "index", {}));
$("migrate")?.addEventListener("submit", (event) => {
  event.preventDefault();
  worked(page.collection, "migrate", Object.fromEntries(new FormData(event.target)));
});
$("back")?.addEventListener("click", () => worked(page.collection, "migrate", { back: true }));
$("index")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, ...rest } = Object.fromEntries(new FormData(event.target));
  worked(name, "index", rest);
});

async function worked(name, kind, what) {
  const place = $("progress");
  try {
    const path = `/api/v1/collections/${encodeURIComponent(name)}/${kind}`;
    const job = await (await asked("POST", path, what)).json();
    const response = await asked("GET", `/api/v1/jobs/${job.number}/events`);
    for await (const { data } of events(response.body)) progress(place, name, JSON.parse(data));
  } catch (error) {
    place.textContent = error.message;
  }
}

function progress(place, name, job) {
  const what = job.phase === "fetch" ? "MB of the encoder" : "files";
  place.replaceChildren(`${name}: ${job.state}, ${job.done} of ${job.total || "…"} ${what}. ${job.error}`);
  if (job.state === "running" && job.total) {
    const bar = document.createElement("progress");
    const doing = job.kind === "index" ? "Indexing" : "Moving to another encoder";
    Object.assign(bar, { max: job.total, value: job.done, ariaLabel: doing });
    place.append(bar);
  } else if (job.state === "done") {
    const link = document.createElement("a");
    Object.assign(link, { href: `/?collection=${encodeURIComponent(name)}`, textContent: "Look at it" });
    place.append(link);
  }
  for (const line of job.told) place.append(document.createElement("br"), line);
  for (const { name: folder, files } of job.away) {
    place.append(document.createElement("br"), `${folder}: away; its ${files} files are kept`);
  }
  for (const [end, files] of Object.entries(job.others)) {
    place.append(document.createElement("br"), `${files} ${end} passed over: not opened here`);
  }
  for (const { name: file, reason } of job.failed) place.append(document.createElement("br"), `${file}: ${reason}`);
}

const THEMES = ["", "light", "dark"];
const SAID = { "": "as the system has them", light: "light", dark: "dark" };
function themed(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  $("theme").ariaLabel = `Colours: ${SAID[theme]}`;
  $("theme").textContent = theme ? `Colours: ${theme}` : "Colours";
}
$("theme").addEventListener("click", () => {
  const at = THEMES.indexOf(localStorage.getItem("theme") ?? "");
  const next = THEMES[(at + 1) % THEMES.length];
  localStorage.setItem("theme", next);
  themed(next);
});
themed(localStorage.getItem("theme") ?? "");

// Back brings the old page, and with it what was chosen last: this page is about its own collection.
addEventListener("pageshow", () => { $("collection").value = page.collection; });
document.querySelector('form[action="/logout"]')?.addEventListener("submit", () => sessionStorage.clear());
addEventListener("popstate", () => location.reload()); // Back and Forward, between two addresses of this page

if (page.collection) {
  $("said").value ||= sessionStorage.getItem(draft()) ?? "";
  $("said").disabled = false; // only now is what is said heard
  $("said").focus();
}
