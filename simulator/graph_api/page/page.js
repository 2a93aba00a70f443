"use strict";
const EVERY = 1500, KEPT = 200;
const here = location.pathname.replace(/\/+$/, "");
const at = (id) => document.getElementById(id);
const state = { account: "", after: 0, shown: "", worlds: "" };

function made(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined && text !== null) element.textContent = text;
  return element;
}

async function admin(door, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`${here}/_emulator/${door}`, options);
  const found = await answer.json();
  if (!answer.ok) throw new Error(typeof found.error === "string" ? found.error : found.error.message);
  return found;
}

const words = (text) => text.toLowerCase().replaceAll("_", " ");
const MOODS = { ACTIVE: "good", SUCCESS: "good", DISAPPROVED: "bad", WITH_ISSUES: "bad", FAIL: "bad", LEARNING: "wait", PENDING_REVIEW: "wait", IN_PROCESS: "wait" };

const STAGES = { SUCCESS: "learned", FAIL: "limited", LEARNING: "learning" };

function money(account, minor) {
  const digits = account.minor_per_major === 1 ? 0 : 2;
  return new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(minor / account.minor_per_major);
}

function row(account, node, level) {
  const line = made("tr", level);
  const name = made("td", "", node.name);
  name.title = node.id;
  const status = made("td");
  status.append(made("span", `pill ${MOODS[node.effective_status] || ""}`, words(node.effective_status)));
  const daily = Number(node.daily_budget || 0), lifetime = Number(node.lifetime_budget || 0);
  const budget = made("td", "number", daily ? money(account, daily) : lifetime ? `${money(account, lifetime)} in all` : "");
  const spend = Number(node.today.spend || 0) * account.minor_per_major;
  const spent = made("td", "number", level === "ad" && !spend ? "" : money(account, spend));
  if (daily) {
    const share = made("span", "share"), part = made("i");
    part.style.width = `${Math.min(100, (100 * spend) / daily)}%`;
    share.append(part);
    spent.append(share);
  }
  const count = (value) => made("td", "number wide", value && value !== "0" ? Number(value).toLocaleString("en") : "");
  const learning = made("td");
  if (node.learning) learning.append(made("span", `pill ${MOODS[node.learning] || ""}`, STAGES[node.learning] || words(node.learning)));
  budget.dataset.label = "budget";
  spent.dataset.label = "spent";
  line.append(name, status, budget, spent, count(node.today.impressions), count(node.today.orders), learning);
  return line;
}

function drawTree(found) {
  const rows = [];
  for (const campaign of found.campaigns) {
    rows.push(row(found.account, campaign, "campaign"));
    for (const adset of campaign.adsets) {
      rows.push(row(found.account, adset, "adset"));
      if (at("ads").checked) for (const ad of adset.ads) rows.push(row(found.account, ad, "ad"));
    }
  }
  at("rows").replaceChildren(...rows);
  at("rows").parentElement.classList.toggle("unlearned", !found.campaigns.some((campaign) => campaign.adsets.some((adset) => adset.learning)));
  const options = found.accounts.map((other) => new Option(`${other.name} (${other.id})`, other.id, false, other.id === found.account.id));
  at("account").replaceChildren(...options);
  at("facts").textContent = `${found.account.currency}, day ${found.account.day} of scenario ${found.account.scenario}`;
}

function drawClock(found) {
  const [day, time] = found.local.split("T");
  const name = new Date(`${day}T12:00:00Z`).toLocaleDateString("en", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  at("local").textContent = `${name}, ${time.slice(0, 8)}`;
  at("local").dateTime = found.local;
  at("zone").textContent = `${found.account.time_zone}; ${found.now.slice(0, 19).replace("T", " ")} UTC`;
  if (document.activeElement === at("speed")) return;
  const value = String(found.speed);
  if (![...at("speed").options].some((option) => option.value === value)) at("speed").add(new Option(`${value} × real time`, value));
  at("speed").value = value;
}

function drawFaults(faults) {
  if (!at("kind").options.length) at("kind").replaceChildren(...faults.kinds.map((kind) => new Option(words(kind), kind)));
  const names = faults.profile && !faults.profiles.includes(faults.profile) ? [...faults.profiles, faults.profile] : faults.profiles;
  if (at("profile").options.length !== names.length + 1) at("profile").replaceChildren(new Option("none", ""), ...names.map((name) => new Option(words(name), name)));
  if (document.activeElement !== at("profile")) at("profile").value = faults.profile || "";
  const told = faults.planned.map((fault) => made("li", "", `${words(fault.kind)}, next ${fault.next}${fault.match ? `, in “${fault.match}”` : ""}`));
  at("planned").replaceChildren(...told);
}

function drawRequest(entry) {
  const item = made("li"), details = made("details"), summary = made("summary");
  const failed = entry.code !== null || entry.status >= 400;
  const result = entry.code !== null ? `error ${entry.code}` : String(entry.status);
  summary.append(made("span", "method", entry.method), made("code", "", entry.path));
  summary.append(made("span", "quiet", `${entry.at.slice(5, 19).replace("T", " ")} UTC, ${entry.route}`));
  if (!entry.fault || entry.applied) summary.append(made("span", `pill ${failed ? "bad" : "good"}`, result));
  if (entry.fault) summary.append(made("span", "pill wait fault", `${words(entry.fault)}${entry.applied ? ", applied" : ""}`));
  details.append(summary, made("pre", "", JSON.stringify(entry.params, null, 1)));
  item.append(details);
  return item;
}

function drawRequests(entries) {
  if (!entries.length) return;
  state.after = entries[entries.length - 1].n;
  at("requests").prepend(...entries.map(drawRequest).reverse());
  while (at("requests").children.length > KEPT) at("requests").lastChild.remove();
  at("none").hidden = true;
  at("total").textContent = `${state.after.toLocaleString("en")} so far, newest first`;
}

async function drawWorlds() {
  const { worlds } = await (await fetch("/_emulator/worlds")).json();
  const known = JSON.stringify(worlds.map((world) => world.world));
  if (known === state.worlds) return;
  state.worlds = known;
  at("world").textContent = here ? `/ ${here.slice(1)}` : "";
  const links = worlds.map(({ world }) => {
    const link = made("a", "", world || "default world");
    link.href = world ? `/${world}/` : "/";
    if (`/${world}` === (here || "/")) link.setAttribute("aria-current", "page");
    return link;
  });
  at("worlds").replaceChildren(...(links.length > 1 ? links : []));
}

async function refresh() {
  const found = await admin(`page?account=${encodeURIComponent(state.account)}&after=${state.after}`);
  state.account = found.account.id;
  drawClock(found);
  drawRequests(found.requests);
  drawFaults(found.faults);
  const tree = JSON.stringify([found.campaigns, found.accounts, found.account, at("ads").checked]);
  if (tree !== state.shown && document.activeElement !== at("account")) {
    state.shown = tree;
    drawTree(found);
  }
}

async function tried(work) {
  try {
    await work();
    at("trouble").hidden = true;
  } catch (error) {
    at("trouble").textContent = error instanceof TypeError ? "The emulator does not answer; this page tries again." : error.message;
    at("trouble").hidden = false;
  }
}

async function ordered(button, door, body) {
  if (button) button.disabled = true;
  await tried(async () => {
    await admin(door, body);
    await refresh();
  });
  if (button) button.disabled = false;
}

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => ordered(button, "clock", { advance_seconds: Number(button.dataset.advance) }));
}
at("speed").addEventListener("change", (event) => {
  event.target.blur();
  ordered(null, "clock", { speed: Number(event.target.value) });
});
at("account").addEventListener("change", (event) => {
  state.account = event.target.value;
  event.target.blur();
  tried(refresh);
});
at("ads").addEventListener("change", () => tried(refresh));
at("plan").addEventListener("submit", (event) => {
  event.preventDefault();
  ordered(event.submitter, "faults", { kind: at("kind").value, next: Number(at("next").value), match: at("match").value });
});
at("profile").addEventListener("change", (event) => {
  event.target.blur();
  ordered(null, "faults", { profile: event.target.value || null });
});
at("clear").addEventListener("click", (event) => ordered(event.target, "faults", { clear: true }));

async function live() {
  if (!document.hidden) await tried(async () => { await refresh(); await drawWorlds(); });
  setTimeout(live, EVERY);
}
live();
