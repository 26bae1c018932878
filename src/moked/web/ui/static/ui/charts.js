// Charts over months. Beside each stands a table with the same content, which is all there is without scripts.

const VENDOR = new URL("../vendor/", import.meta.url);
const SERIES = [
  ["#398af7", "#71bfff"],
  ["#8b3e09", "#c95b0a"],
  ["#017160", "#458577"],
  ["#59187d", "#9b4acd"],
];
const DASHES = ["solid", "dashed", "dotted", [8, 3, 2, 3]];
const MARKERS = ["circle", "rect", "triangle", "diamond"];

/** Draw a chart into its frame and keep it as wide as the page and in the page's colours. */
async function draw(frame) {
  try {
    const echarts = await import(new URL("echarts/echarts.esm.min.mjs", VENDOR));
    const said = JSON.parse(document.getElementById(frame.dataset.chart).textContent);
    frame.hidden = false;
    const canvas = frame.querySelector("[data-chart-canvas]");
    const chart = echarts.init(canvas, null, { renderer: "svg" });
    const paint = () => chart.setOption(options(said), { notMerge: true });
    paint();
    new ResizeObserver(() => chart.resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
    new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    frame.dataset.state = "drawn";
  } catch (error) {
    console.info(`The chart cannot be drawn: ${error.message}`);
    frame.hidden = true;
  }
}

/** Time runs from left to right in every language; numbers and names are the page's own words. */
function options({ kind, names, series, unit }) {
  const [text, muted, hairline, surface] = ["--text", "--muted", "--hairline", "--surface"].map(colour);
  const shade = isDark() ? 1 : 0;
  const written = new Intl.NumberFormat(`${document.documentElement.lang}-u-nu-latn`);
  const value = (number) => (number == null ? "–" : `${written.format(number)}${unit}`);
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: text },
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    legend: { top: 0, left: "center", textStyle: { color: text }, itemWidth: 28 },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      backgroundColor: surface,
      borderColor: hairline,
      textStyle: { color: text },
      valueFormatter: value,
    },
    xAxis: {
      type: "category",
      data: names,
      axisLabel: { color: muted, hideOverlap: true },
      axisLine: { lineStyle: { color: hairline } },
    },
    yAxis: {
      type: "value",
      min: 0,
      minInterval: 1,
      max: unit === "%" ? 100 : undefined,
      axisLabel: { color: muted, formatter: value },
      splitLine: { lineStyle: { color: hairline } },
    },
    series: series.map(({ name, values }, index) => ({
      name,
      type: kind,
      data: values,
      color: SERIES[index][shade],
      barMaxWidth: 28,
      symbol: MARKERS[index],
      symbolSize: 8,
      connectNulls: false,
      lineStyle: { width: 2.5, type: DASHES[index] },
    })),
  };
}

/** What a colour of the tokens is just now: by itself it is a pair for light and dark. */
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(target.querySelector("[data-chart]"));
    }
  },
  { rootMargin: "200px" },
);
for (const frame of document.querySelectorAll("[data-chart]")) seen.observe(frame.parentElement);
