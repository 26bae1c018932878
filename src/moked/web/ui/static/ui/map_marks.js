// Cases on a map: shape says the state, fill the promise; the list beside says the same in words.

import { colours, onColoursChanged } from "./map_town.js";

const SIZE = 28; // pixels of a mark
const FILLS = ["done", "none", "on-time", "soon", "late"]; // the worse, the later
const SIGNS = { soon: "!", late: "!!", done: "✓" };
const RANK = ["match", ["get", "promise"], ...FILLS.flatMap((fill, rank) => [fill, rank]), 1];

/** Draw the marks that an address answers once the map has its style, and tie them to the list beside it. */
export async function showMarks(map, frame, styled) {
  const response = await fetch(frame.dataset.marks);
  if (!response.ok) throw new Error(`the marks answered ${response.status}`);
  const marks = await response.json();
  await styled;
  map.addSource("marks", {
    type: "geojson",
    data: marks,
    cluster: true,
    clusterRadius: 44,
    clusterMaxZoom: 16,
    clusterProperties: { rank: ["max", RANK] },
  });
  addImages(map);
  addLayers(map);
  onColoursChanged(() => {
    addImages(map);
    paintClusters(map);
  });
  showAll(map, marks);
  tieToList(map, frame, marks);
}

function addLayers(map) {
  const palette = colours();
  map.addLayer({ id: "shown", type: "circle", source: "marks", filter: ["==", ["get", "number"], ""] });
  map.addLayer({
    id: "marks",
    type: "symbol",
    source: "marks",
    filter: ["!", ["has", "point_count"]],
    layout: {
      "icon-image": ["concat", ["get", "shape"], "/", ["get", "promise"]],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    },
  });
  map.addLayer({ id: "clusters", type: "circle", source: "marks", filter: ["has", "point_count"] });
  map.addLayer({
    id: "cluster-counts",
    type: "symbol",
    source: "marks",
    filter: ["has", "point_count"],
    layout: {
      "text-field": ["to-string", ["get", "point_count"]],
      "text-font": ["Noto Sans Hebrew Bold", "sans-serif"],
      "text-size": 14,
      "text-allow-overlap": true,
    },
  });
  paintClusters(map, palette);
}

function paintClusters(map) {
  const palette = colours();
  const byRank = ["match", ["get", "rank"], ...FILLS.flatMap((fill, rank) => [rank, palette[`mark-${fill}`]])];
  const paints = {
    clusters: {
      "circle-color": [...byRank, palette["mark-none"]],
      "circle-radius": ["step", ["get", "point_count"], 17, 10, 20, 100, 24],
      "circle-stroke-color": palette["mark-ring"],
      "circle-stroke-width": 2,
    },
    "cluster-counts": { "text-color": palette["mark-ring"] },
    shown: {
      "circle-radius": 20,
      "circle-color": palette["focus-halo"],
      "circle-stroke-color": palette["focus-ring"],
      "circle-stroke-width": 3,
    },
  };
  for (const [layer, paint] of Object.entries(paints)) {
    for (const [name, value] of Object.entries(paint)) map.setPaintProperty(layer, name, value);
  }
}

function addImages(map) {
  const palette = colours();
  for (const shape of Object.keys(PATHS)) {
    for (const fill of FILLS) {
      const image = drawMark(shape, palette[`mark-${fill}`], palette["mark-ring"], SIGNS[fill] ?? "");
      if (map.hasImage(`${shape}/${fill}`)) map.updateImage(`${shape}/${fill}`, image);
      else map.addImage(`${shape}/${fill}`, image, { pixelRatio: 2 });
    }
  }
}

const PATHS = {
  circle: (pen) => pen.arc(14, 14, 10, 0, 2 * Math.PI),
  square: (pen) => pen.rect(4.5, 4.5, 19, 19),
  triangle: (pen) => {
    pen.moveTo(14, 2.5);
    pen.lineTo(26, 24.5);
    pen.lineTo(2, 24.5);
    pen.closePath();
  },
  ring: (pen) => {
    pen.arc(14, 14, 10, 0, 2 * Math.PI);
    pen.moveTo(18.5, 14);
    pen.arc(14, 14, 4.5, 0, 2 * Math.PI);
  },
};

function drawMark(shape, fill, ring, sign) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 2 * SIZE, height: 2 * SIZE });
  const pen = canvas.getContext("2d");
  pen.scale(2, 2);
  pen.beginPath();
  PATHS[shape](pen);
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = ring;
  pen.stroke();
  pen.fillStyle = fill;
  pen.fill("evenodd");
  if (sign && shape !== "ring") {
    pen.fillStyle = ring;
    pen.font = `bold ${sign.length > 1 ? 11 : 13}px sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(sign, 14, shape === "triangle" ? 17.5 : 14.5);
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function showAll(map, marks) {
  const at = marks.features.map(({ geometry }) => geometry.coordinates);
  if (!at.length) return;
  const [eastings, northings] = [at.map((pair) => pair[0]), at.map((pair) => pair[1])];
  const bounds = [
    [Math.min(...eastings), Math.min(...northings)],
    [Math.max(...eastings), Math.max(...northings)],
  ];
  map.fitBounds(bounds, { padding: 48, maxZoom: 16, duration: 0 });
}

/** Show on the map what is pointed at in the list, and in the list what is chosen on the map. */
function tieToList(map, frame, marks) {
  const list = document.getElementById(frame.dataset.list);
  const positions = new Map(marks.features.map((one) => [one.properties.number, one.geometry.coordinates]));
  const items = () => [...(list?.querySelectorAll("[data-mark]") ?? [])];
  const show = (number) => {
    map.setFilter("shown", ["==", ["get", "number"], number]);
    for (const item of items()) item.toggleAttribute("data-shown", item.dataset.mark === number);
    frame.dataset.shown = number;
  };
  for (const happening of ["focusin", "mouseover"]) {
    list?.addEventListener(happening, ({ target }) => {
      const item = target.closest("[data-mark]");
      if (item && item.dataset.mark !== frame.dataset.shown) show(item.dataset.mark);
    });
  }
  list?.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-show-on-map]");
    const at = button && positions.get(button.closest("[data-mark]").dataset.mark);
    if (at) map.easeTo({ center: at, zoom: Math.max(map.getZoom(), 17), duration: 200 });
  });
  map.on("click", "marks", ({ features: [feature] }) => {
    const { number } = feature.properties;
    show(number);
    const item = items().find((one) => one.dataset.mark === number);
    item?.scrollIntoView({ block: "nearest" });
    item?.querySelector("a, button, input")?.focus({ preventScroll: true });
  });
  map.on("click", "clusters", async ({ features: [feature] }) => {
    const zoom = await map.getSource("marks").getClusterExpansionZoom(feature.properties.cluster_id);
    map.easeTo({ center: feature.geometry.coordinates, zoom, duration: 200 });
  });
  for (const layer of ["marks", "clusters"]) {
    map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
  }
}
