// One pin: fixed, or put by a person where the matter is: by pointer, by keys, or by asking the device.

const STEP = 10;
const FAR = 5; // with Shift
const QUIET = 400; // milliseconds without a move before the address is asked for
const CLOSE = 16;
const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/** Let one pin be placed on the map; the hidden fields of the form follow it, and the address is asked for. */
export function letPinMove(library, map, frame, words) {
  const fields = fieldsOf(frame);
  const pin = new library.Marker({ element: pinElement(frame), anchor: "bottom", draggable: true });
  const tell = announcer(frame, words);

  const place = (at, source, { near = false, quiet = false } = {}) => {
    pin.setLngLat(at).addTo(map);
    fields.latitude.value = at.lat.toFixed(6);
    fields.longitude.value = at.lng.toFixed(6);
    fields.source.value = source;
    frame.dataset.placed = source;
    if (near) map.easeTo({ center: at, zoom: Math.max(map.getZoom(), CLOSE), duration: duration() });
    if (!quiet) tell(at);
  };
  const begun = startOf(library, fields);
  if (begun) {
    place(begun, fields.source.value, { quiet: true });
    map.jumpTo({ center: begun, zoom: CLOSE });
  }
  map.on("click", ({ lngLat }) => place(lngLat, "PIN"));
  pin.on("dragend", () => place(pin.getLngLat(), "PIN"));
  moveByKeys(library, map, frame, () => pin.getLngLat() ?? map.getCenter(), place);
  askDevice(library, frame, words, place);
  document.addEventListener("moked:position", ({ detail }) => {
    const chosen = fields.source.value;
    if (detail.source === "PHOTO" && chosen && chosen !== "PHOTO") return; // what a person placed stays
    place(new library.LngLat(detail.longitude, detail.latitude), detail.source, {
      near: true,
      quiet: detail.source === "ADDRESS",
    });
  });
}

/** Show where something is; one can only come closer to it and go farther from it. */
export function showPin(library, map, frame) {
  const at = new library.LngLat(Number(frame.dataset.longitude), Number(frame.dataset.latitude));
  new library.Marker({ element: pinElement(frame), anchor: "bottom" }).setLngLat(at).addTo(map);
  map.jumpTo({ center: at, zoom: CLOSE });
}

function fieldsOf(frame) {
  const field = (name) => frame.querySelector(`input[name$="${name}"]`);
  return { latitude: field("latitude"), longitude: field("longitude"), source: field("source") };
}

function startOf(library, { latitude, longitude }) {
  if (!latitude.value || !longitude.value) return null;
  return new library.LngLat(Number(longitude.value), Number(latitude.value));
}

function pinElement(frame) {
  const element = frame.querySelector("template").content.firstElementChild.cloneNode(true);
  element.dataset.test = "pin";
  return element;
}

/** Arrow keys move the pin by some pixels, + and - zoom around it. */
function moveByKeys(library, map, frame, position, place) {
  const surface = frame.querySelector("[data-map-canvas]");
  map.getCanvas().setAttribute("tabindex", "-1"); // the surface around it takes the keys
  map.getCanvas().setAttribute("aria-hidden", "true");
  surface.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") map.zoomTo(map.getZoom() + 1, { around: position(), duration: duration() });
    else if (event.key === "-") map.zoomTo(map.getZoom() - 1, { around: position(), duration: duration() });
    else if (event.key in STEPS) step(event);
    else return;
    event.preventDefault();
  });

  function step({ key, shiftKey }) {
    const [across, down] = STEPS[key].map((one) => one * STEP * (shiftKey ? FAR : 1));
    const from = map.project(position());
    const to = map.unproject([from.x + across, from.y + down]);
    place(to, "PIN");
    if (!map.getBounds().contains(to) || nearEdge(map, to)) map.panTo(to, { duration: duration() });
  }
}

function nearEdge(map, at) {
  const { x, y } = map.project(at);
  const { clientWidth, clientHeight } = map.getContainer();
  return x < 40 || y < 60 || x > clientWidth - 40 || y > clientHeight - 20;
}

function askDevice(library, frame, words, place) {
  const button = frame.querySelector("[data-map-locate]");
  const say = (text) => (frame.querySelector("[data-map-said]").textContent = text);
  button.hidden = !("geolocation" in navigator);
  button.addEventListener("click", () => {
    button.setAttribute("aria-busy", "true");
    say(words.asking);
    const done = (act) => (answer) => {
      button.removeAttribute("aria-busy");
      act(answer);
    };
    navigator.geolocation.getCurrentPosition(
      done(({ coords }) =>
        place(new library.LngLat(coords.longitude, coords.latitude), "DEVICE", { near: true }),
      ),
      done(({ code, PERMISSION_DENIED }) => say(code === PERMISSION_DENIED ? words.refused : words.unknown)),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
}

/** Return what says, after the pin came to rest, where it stands: the nearest address, else the coordinates. */
function announcer(frame, words) {
  const said = frame.querySelector("[data-map-said]");
  let waiting;
  let asked = 0;
  return ({ lat, lng }) => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const mine = ++asked;
      const found = await nearest(frame.dataset.nearest, lat, lng);
      if (mine !== asked) return;
      const where = `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
      said.textContent = found?.said || words.placed.replace("{where}", where);
      offerAddress(frame, found?.address);
    }, QUIET);
  };
}

async function nearest(address, latitude, longitude) {
  if (!address) return null;
  const asked = new URL(address, location.href);
  asked.searchParams.set("latitude", latitude.toFixed(6));
  asked.searchParams.set("longitude", longitude.toFixed(6));
  try {
    const response = await fetch(asked);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** Write the address beside the pin into the field of the address, unless a person wrote there. */
function offerAddress(frame, address) {
  const field = document.getElementById(frame.dataset.address || "");
  if (!field || !address || (field.value && field.value !== field.dataset.offered)) return;
  field.value = field.dataset.offered = address;
}

function duration() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200;
}
