// Maps. Beside each stands a list or a field with the same content; without WebGL those are all there is.

import { onColoursChanged, colours, extentOf, isArchive, repaint, townPaints, townStyle } from "./map_town.js";
import { letPinMove, showPin } from "./map_pin.js";
import { showMarks } from "./map_marks.js";

const VENDOR = new URL("../vendor/", import.meta.url);
const CLOSEST = 19;
const MANY = 500; // streets from which on a town is drawn part by part
const FALLBACK = [0, -60, 180, 60];

/** Draw a map into its frame; where that cannot be, say so in the page's own words. */
async function draw(frame) {
  const words = JSON.parse(frame.dataset.words);
  try {
    if (!hasWebGl()) throw new Error("no WebGL");
    const [library, town] = await Promise.all([loadLibrary(frame), fetchTown(frame.dataset.town)]);
    frame.dataset.state = "drawing";
    const map = makeMap(library, frame, town, words);
    const styled = map.once("style.load"); // asked for at once: it happens a single time
    onColoursChanged(() => repaint(map, townPaints(colours())));
    map.on("error", ({ error }) => console.info(`A part of the map is missing: ${error?.message}`));
    map.once("idle", () => (frame.dataset.state = "drawn"));
    if (!frame.dataset.style && !frame.dataset.tiles) followView(map, frame.dataset.town, town);
    frame.querySelector("[data-map-closer]").addEventListener("click", () => map.zoomIn());
    frame.querySelector("[data-map-farther]").addEventListener("click", () => map.zoomOut());
    if (frame.dataset.map === "pin") letPinMove(library, map, frame, words);
    if (frame.dataset.map === "place") showPin(library, map, frame);
    if (frame.dataset.marks) await showMarks(map, frame, styled);
  } catch (error) {
    console.info(`The map cannot be drawn: ${error.message}`);
    frame.dataset.state = "failed";
    frame.querySelector("[data-map-whole]").hidden = true;
    frame.querySelector("[data-map-failed]").hidden = false;
  }
}

function hasWebGl() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(context);
}

async function loadLibrary(frame) {
  const library = await import(new URL("maplibre-gl/maplibre-gl.mjs", VENDOR));
  const { style, tiles } = frame.dataset;
  if (style || (tiles && isArchive(tiles))) {
    await loadScript(new URL("pmtiles/pmtiles.js", VENDOR));
    library.addProtocol("pmtiles", new window.pmtiles.Protocol().tile);
  }
  return library;
}

function loadScript(address) {
  return new Promise((loaded, failed) => {
    const script = Object.assign(document.createElement("script"), { src: address, onload: loaded });
    script.onerror = () => failed(new Error(`${address} cannot be loaded`));
    document.head.append(script);
  });
}

async function fetchTown(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the town's data answered ${response.status}`);
  return response.json();
}

function makeMap(library, frame, town, words) {
  const { style, tiles, attribution } = frame.dataset;
  const extent = extentOf(town);
  return new library.Map({
    container: frame.querySelector("[data-map-canvas]"),
    style: style || townStyle(town, { tiles, attribution }, colours()),
    bounds: extent ?? FALLBACK,
    fitBoundsOptions: { padding: 16 },
    maxZoom: CLOSEST,
    maxBounds: extent && withMargin(extent),
    attributionControl: style || tiles ? { compact: true } : false,
    interactive: frame.dataset.map !== "place",
    cooperativeGestures: frame.dataset.map !== "pin" || matchMedia("(pointer: coarse)").matches,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    keyboard: frame.dataset.map !== "pin",
    locale: words.library,
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200,
  });
}

/** Ask for what a part of a large town has room for, whenever another part comes into view. */
function followView(map, address, town) {
  if (town.streets.features.length < MANY) return;
  let asked = 0;
  map.on("moveend", async () => {
    const mine = ++asked;
    const [[west, south], [east, north]] = map.getBounds().toArray();
    const [across, up] = [(east - west) / 4, (north - south) / 4];
    const box = [west - across, south - up, east + across, north + up].map((degree) => degree.toFixed(3));
    const part = new URL(address, location.href);
    part.searchParams.set("box", box);
    part.searchParams.set("zoom", Math.round(map.getZoom()));
    const seen = await fetchTown(part).catch(() => null); // what is drawn already stays
    if (!seen || mine !== asked) return;
    for (const name of ["areas", "streets", "landmarks"]) map.getSource(name)?.setData(seen[name]);
  });
}

/** Let a map be moved a little beyond the town, for places just outside it. */
function withMargin([west, south, east, north]) {
  const [across, up] = [Math.max(east - west, 0.02), Math.max(north - south, 0.02)];
  return [west - across, south - up, east + across, north + up];
}

/** Draw each map when it comes near the screen, since the library is large. */
const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      draw(target);
    }
  },
  { rootMargin: "400px" },
);
for (const frame of document.querySelectorAll("[data-map]")) {
  frame.hidden = false;
  near.observe(frame);
}
