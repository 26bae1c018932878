// The town as a map draws it: its own outline, areas, streets and landmarks, or tiles where there are some.
// Colours come from the tokens, for light and dark, and follow the switch.

const NAMES = { labels: ["Noto Sans Hebrew", "sans-serif"], bold: ["Noto Sans Hebrew Bold", "sans-serif"] };
const TOKENS = [
  "land", "around", "street", "street-name", "hairline", "field-border", "text", "muted", "surface", "brand",
  "mark-on-time", "mark-soon", "mark-late", "mark-done", "mark-none", "mark-ring", "focus-ring", "focus-halo",
];
const NOTHING = { type: "FeatureCollection", features: [] };

/** Return the colours of the scheme in use, by token. */
export function colours() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const found = Object.fromEntries(
    TOKENS.map((token) => {
      probe.style.color = `var(--${token})`;
      return [token, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return found;
}

/** Call back whenever light becomes dark or the other way round. */
export function onColoursChanged(tell) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
  new MutationObserver(tell).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

/** Return a style for MapLibre; `town` is what the address of the map's data answered. */
export function townStyle(town, base, palette) {
  const sources = Object.fromEntries(
    ["outline", "areas", "streets", "landmarks"].map((name) => [
      name,
      { type: "geojson", data: town[name] ?? NOTHING, attribution: "" },
    ]),
  );
  if (base.tiles) sources.tiles = tileSource(base);
  return { version: 8, sources, layers: layersOf(base, palette) };
}

function tileSource({ tiles, attribution }) {
  if (isArchive(tiles)) return { type: "raster", url: `pmtiles://${tiles}`, tileSize: 256, attribution };
  return { type: "raster", tiles: [tiles], tileSize: 256, maxzoom: 19, attribution };
}

/** Tell whether the tiles lie in one archive, which is read in parts. */
export function isArchive(tiles) {
  return new URL(tiles, location.href).pathname.endsWith(".pmtiles");
}

function layersOf(base, palette) {
  const paints = townPaints(palette);
  const drawn = [
    { id: "around", type: "background" },
    ...(base.tiles ? [{ id: "tiles", type: "raster", source: "tiles" }] : []),
    ...(base.tiles ? [] : [{ id: "land", type: "fill", source: "outline" }, ...ownStreets()]),
    { id: "edge", type: "line", source: "outline" },
    ...(base.tiles ? [] : ownNames()),
  ];
  return drawn.map((layer) => ({ ...layer, paint: paints[layer.id] ?? {} }));
}

function ownStreets() {
  const round = { "line-cap": "round", "line-join": "round" };
  return [
    { id: "districts", type: "line", source: "areas", layout: round },
    { id: "streets", type: "line", source: "streets", layout: round },
  ];
}

function ownNames() {
  const name = ["get", "name"];
  const streetName = {
    "text-field": name,
    "text-font": NAMES.labels,
    "text-size": ["interpolate", ["linear"], ["zoom"], 13.5, 11, 17, 15],
  };
  return [
    {
      id: "street-names",
      type: "symbol",
      source: "streets",
      filter: ["!=", ["geometry-type"], "Point"],
      minzoom: 13.5,
      layout: { ...streetName, "symbol-placement": "line" },
    },
    {
      id: "positions",
      type: "symbol",
      source: "streets",
      filter: ["==", ["geometry-type"], "Point"],
      minzoom: 14,
      layout: streetName,
    },
    {
      id: "landmarks",
      type: "circle",
      source: "landmarks",
      minzoom: 13,
    },
    {
      id: "landmark-names",
      type: "symbol",
      source: "landmarks",
      minzoom: 13,
      layout: {
        "text-field": name,
        "text-font": NAMES.bold,
        "text-size": 12,
        "text-anchor": "top",
        "text-offset": [0, 0.6],
        "text-optional": true,
      },
    },
    {
      id: "district-names",
      type: "symbol",
      source: "areas",
      maxzoom: 14,
      layout: { "text-field": name, "text-font": NAMES.bold, "text-size": 13, "text-max-width": 7 },
    },
  ];
}

/** Return the paint of each layer of the town in these colours. */
export function townPaints(palette) {
  const name = { "text-halo-color": palette.land, "text-halo-width": 1.5 };
  return {
    around: { "background-color": palette.around },
    land: { "fill-color": palette.land },
    edge: { "line-color": palette["field-border"], "line-width": 2 },
    districts: { "line-color": palette.hairline, "line-width": 1.5, "line-dasharray": [3, 2] },
    streets: {
      "line-color": palette.street,
      "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 11, 0.75, 14, 3, 17, 12],
    },
    "street-names": { "text-color": palette["street-name"], ...name },
    positions: { "text-color": palette["street-name"], ...name },
    landmarks: {
      "circle-color": palette["street-name"],
      "circle-radius": 3,
      "circle-stroke-color": palette.land,
      "circle-stroke-width": 1.5,
    },
    "landmark-names": { "text-color": palette.text, ...name },
    "district-names": { "text-color": palette["street-name"], ...name },
  };
}

/** Paint the layers of a map that it has anew. */
export function repaint(map, paints) {
  for (const [layer, paint] of Object.entries(paints)) {
    if (!map.getLayer(layer)) continue;
    for (const [name, value] of Object.entries(paint)) map.setPaintProperty(layer, name, value);
  }
}

/** Return [west, south, east, north] around everything the town has, or null where it has nothing. */
export function extentOf(town) {
  const pairs = [];
  const collect = (at) => (typeof at[0] === "number" ? pairs.push(at) : at.forEach(collect));
  const known = ["outline", "areas", "streets", "landmarks"].find((name) => town[name]?.features.length);
  for (const { geometry } of known ? town[known].features : []) collect(geometry.coordinates);
  if (!pairs.length) return null;
  const [eastings, northings] = [pairs.map((pair) => pair[0]), pairs.map((pair) => pair[1])];
  const least = (values) => values.reduce((one, other) => Math.min(one, other));
  const most = (values) => values.reduce((one, other) => Math.max(one, other));
  return [least(eastings), least(northings), most(eastings), most(northings)];
}
