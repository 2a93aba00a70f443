// Draws budgets over time from the JSON API, and keeps what a reader has opened across refreshes.
"use strict";

const LARGEST = 7; // further ad sets are drawn as one: more colours cannot be told apart
const DAY = 86400;

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colour = (index) => style(`--series-${index + 1}`);
const seconds = (day) => Date.parse(`${day}T00:00:00Z`) / 1000;
const dayWords = (at) =>
  new Date(at * 1000)
    .toLocaleDateString("en-GB", { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" })
    .replace(",", ""); // browsers differ on the comma

function amount(minor, data) {
  const decimals = String(data.minor_per_major).length - 1;
  return (minor / data.minor_per_major).toLocaleString("en-US", {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals,
  });
}

// The largest ad sets by their newest budget, then all others as one.
function layersOf(data) {
  const newest = (adSet) => adSet.budgets_minor[adSet.budgets_minor.length - 1] ?? 0;
  const sorted = [...data.ad_sets].sort((a, b) => newest(b) - newest(a));
  const layers = sorted.slice(0, LARGEST).map((a) => ({ name: a.name || a.ad_set_id, minor: a.budgets_minor }));
  const rest = sorted.slice(LARGEST);
  if (rest.length === 1) layers.push({ name: rest[0].name || rest[0].ad_set_id, minor: rest[0].budgets_minor });
  if (rest.length > 1) {
    const sum = data.days.map((_, day) => rest.reduce((total, a) => total + (a.budgets_minor[day] ?? 0), 0));
    layers.push({ name: `${rest.length} smaller ad sets`, minor: sum });
  }
  return layers;
}

// Columns for uPlot: days (with the end of the last one, for a budget is in force all day), then the stacked sums from
// the top one down, so that each is painted over the one above it.
function columnsOf(data, layers) {
  const x = data.days.map(seconds);
  x.push(x[x.length - 1] + DAY);
  const below = data.days.map(() => 0);
  const stacked = layers.map((layer) => layer.minor.map((minor, day) => (below[day] += minor ?? 0) / data.minor_per_major));
  return [x, ...stacked.map((sums) => [...sums, sums[sums.length - 1]]).reverse()];
}

function axis(size, more) {
  return {
    stroke: style("--muted"), size, font: `12px ${style("--sans")}`,
    grid: { stroke: style("--grid"), width: 1 }, ticks: { show: false }, ...more,
  };
}

function optionsOf(data, layers, width, onDay) {
  const last = data.days.length - 1;
  return {
    width,
    height: width < 560 ? 190 : 240,
    padding: [10, 8, 0, 0],
    legend: { show: false },
    drawOrder: ["series", "axes"],
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    scales: { y: { range: (_, low, high) => [0, high * 1.06 || 1] } },
    cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
    axes: [
      axis(28, {
        space: 64,
        incrs: [1, 2, 7, 14, 28, 91].map((days) => days * DAY),
        grid: { show: false },
        values: (_, ticks) => ticks.map((at) => at > seconds(data.days[last]) ? "" : new Date(at * 1000)
          .toLocaleDateString("en-GB", { timeZone: "UTC", day: "numeric", month: "short" })),
      }),
      axis(64, { values: (_, ticks) => ticks.map((value) => value.toLocaleString("en-US")) }),
    ],
    series: [{}, ...layers.map((_, index) => layers.length - 1 - index).map((index) => ({
      paths: uPlot.paths.stepped({ align: 1 }), points: { show: false },
      stroke: style("--surface"), width: 1, fill: colour(index),
    }))],
    hooks: { setCursor: [(plot) => onDay(plot.cursor.idx == null ? last : Math.min(plot.cursor.idx, last))] },
  };
}

// The legend is the reading as well: the budgets of the day under the pointer, or of the newest day.
function reader(figure, data, layers) {
  const reading = figure.querySelector(".reading");
  const values = layers.map((layer, index) => {
    const item = document.createElement("li");
    const [swatch, name, value] = ["i", "span", "b"].map((tag) => item.appendChild(document.createElement(tag)));
    swatch.style.background = colour(index);
    name.textContent = layer.name;
    figure.querySelector(".legend").append(item);
    return value;
  });
  return (day) => {
    const sum = layers.reduce((total, layer) => total + (layer.minor[day] ?? 0), 0);
    reading.textContent = `${dayWords(seconds(data.days[day]))}: ${amount(sum, data)} ${data.currency}`;
    layers.forEach((layer, index) => {
      values[index].textContent = layer.minor[day] == null ? "–" : amount(layer.minor[day], data);
    });
  };
}

async function draw(figure) {
  const reading = figure.querySelector(".reading");
  try {
    const answer = await fetch(figure.dataset.budgets, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    show(figure, await answer.json());
  } catch (error) {
    reading.textContent = `The chart could not be drawn: ${error.message}. The table below has the figures.`;
    figure.dataset.drawn = "failed";
  }
}

function show(figure, data) {
  const place = figure.querySelector(".plot");
  const layers = layersOf(data);
  figure.querySelector(".legend").replaceChildren();
  figure.plot?.destroy();
  const read = reader(figure, data, layers);
  figure.plot = new uPlot(optionsOf(data, layers, place.clientWidth, read), columnsOf(data, layers), place);
  figure.redraw = () => show(figure, data);
  read(data.days.length - 1);
  figure.dataset.drawn = "yes";
}

const figures = () => [...document.querySelectorAll("figure[data-budgets]")];
const drawAll = () => figures().forEach(draw);
const redrawAll = () => figures().forEach((figure) => figure.redraw?.());

let pending = 0;
window.addEventListener("resize", () => {
  cancelAnimationFrame(pending);
  pending = requestAnimationFrame(redrawAll);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);

// Refreshes: what was opened or closed by hand stays so; what cannot be reached is said.
const toggled = new Map();
document.addEventListener("toggle", (event) => toggled.set(event.target.id, event.target.open), true);
document.addEventListener("htmx:afterSwap", () => {
  for (const [id, open] of toggled) {
    const details = document.getElementById(id);
    if (details) details.open = open;
  }
  drawAll();
});

const offline = document.getElementById("offline");
let answeredAt = new Date();
function reached(event) {
  const fine = event.type === "htmx:afterRequest" && event.detail.successful;
  if (fine) answeredAt = new Date();
  offline.querySelector("time").textContent = answeredAt.toLocaleTimeString("en-GB");
  offline.hidden = fine;
}
document.addEventListener("htmx:afterRequest", reached);
document.addEventListener("htmx:sendError", reached);

drawAll();
