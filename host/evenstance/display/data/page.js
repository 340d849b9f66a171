// Shows the latest state that the program sends; keeps nothing else. See docs/display.md.
"use strict";

const SILENT_MS = 3000; // the program says something every second
const RETRY_MS = [250, 500, 1000, 2000];
const FRESH_TICKS_S = 3; // the last seconds of a rest are ticked
const TONE_HZ = 880;
const TICK_HZ = 440;
const GAP_MS = 100;
const QUIT_MS = 5000;
const ROWS = { over: 10, rest: 1, paused: 1 }; // results shown, the latest first

const byId = (id) => document.getElementById(id);
const body = document.body;
let socket = null;
let latest = null; // the state to be drawn with the next frame
let ticked = null; // the second of a rest that was ticked last
let heardAt = 0;
let tries = 0;
let cueId = null; // of the latest cue that was played; those before this page was opened are over
let over = false; // the program has said its last word
let sound = null; // an AudioContext once the person has asked for sound
let quitAskedAt = -QUIT_MS;

// -- the connection

function connect() {
  const address = new URL("live", location.href);
  address.protocol = "ws:";
  const mine = new WebSocket(address);
  socket = mine;
  heardAt = performance.now();
  mine.onmessage = (event) => {
    heardAt = performance.now();
    tries = 0;
    show(JSON.parse(event.data));
  };
  mine.onclose = () => {
    if (socket !== mine) return;
    socket = null;
    if (over) return;
    lost(true);
    setTimeout(connect, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
  };
}

setInterval(() => {
  if (socket && performance.now() - heardAt > SILENT_MS) {
    const mute = socket;
    mute.onclose(); // a program that hangs does not close the socket
    mute.onclose = null;
    mute.close();
  }
}, 500);

function lost(is) {
  if (byId("lost").hidden === !is) return;
  body.toggleAttribute("data-lost", is);
  byId("lost").hidden = !is;
  byId("lost").textContent = is ? "Connection lost. Trying again." : "";
  if (is) hideLoads(); // what was felt then is not what is felt now
}

// -- drawing

function show(state) {
  over = state.over;
  play(state); // a page that is not in front is heard all the same
  if (latest === null) requestAnimationFrame(draw);
  latest = state;
}

function draw() {
  const state = latest;
  latest = null;
  lost(false);
  const watch = state.mode === "watch";
  body.dataset.step = state.step;
  body.dataset.mode = state.mode;
  if (state.leg) body.dataset.leg = state.leg;
  else delete body.dataset.leg;
  text("title", state.title);
  text("phase", phase(state));
  text("headline", watch && !state.over ? boardState(state) : state.headline);
  text("detail", state.detail);
  text("note", state.note);
  drawBig(state, watch);
  drawProgress(state);
  drawLoads(state);
  drawResults(state);
  byId("keys").hidden = state.over;
  if (watch) text("keys", "q twice ends the live view");
  if (!watch) tell(state);
}

function text(id, words) {
  const element = typeof id === "string" ? byId(id) : id;
  if (element.textContent !== words) element.textContent = words;
}

function phase(state) {
  if (!state.progress || !["scored", "over"].includes(state.step)) return state.phase;
  const legs = Object.values(state.progress);
  const done = legs.reduce((sum, leg) => sum + leg.done, 0);
  const wanted = legs.reduce((sum, leg) => sum + leg.wanted, 0);
  return `${state.phase}, ${done} of ${wanted} done`;
}

function boardState(state) {
  const names = {
    empty: "Empty", both_feet: "Both feet", lifting: "Lifting a foot",
    settling: "One leg", hold: "One leg", ended: "One leg",
  };
  return state.state === null ? "No loads from the board" : names[state.state] || state.state;
}

function drawBig(state, watch) {
  const big = byId("big");
  let words = state.countdown_s === null ? state.big : String(state.countdown_s);
  if (watch && !state.over) words = share(state.loads);
  big.classList.toggle("word", !watch && state.countdown_s === null);
  text(big, words);
}

function share(loads) {
  if (!loads || loads.left_share_pct === null) return "- : -";
  const left = Math.round(loads.left_share_pct);
  return `${left} : ${100 - left}`;
}

function drawProgress(state) {
  for (const side of ["left", "right"]) {
    const leg = state.progress ? state.progress[side] : null;
    text(document.querySelector(`#${side} .done`), leg ? String(leg.done) : "");
    text(document.querySelector(`#${side} .wanted`), leg ? `of ${leg.wanted} holds` : "");
  }
}

function drawLoads(state) {
  if (!state.loads) return hideLoads();
  body.dataset.loads = "shown";
  for (const side of ["left", "right"]) {
    const newtons = state.loads[`${side}_n`];
    const part = Math.min(Math.max(newtons / state.loads.full_n, 0), 1);
    const column = document.querySelector(`#${side} .column`);
    column.firstElementChild.style.setProperty("--load", part.toFixed(4));
    column.setAttribute("aria-valuenow", String(Math.round(100 * part)));
    column.setAttribute("aria-valuetext", `${Math.round(newtons)} newtons`);
    text(document.querySelector(`#${side} .newtons`), String(Math.round(newtons) || 0));
  }
}

function hideLoads() {
  delete body.dataset.loads;
  for (const side of ["left", "right"]) {
    const column = document.querySelector(`#${side} .column`);
    column.firstElementChild.style.removeProperty("--load");
    column.setAttribute("aria-valuenow", "0");
    column.setAttribute("aria-valuetext", "not shown");
    text(document.querySelector(`#${side} .newtons`), "-");
  }
}

function drawResults(state) {
  const list = byId("results");
  const results = state.results.filter((result) => !state.over || result.purpose === "scored");
  const shown = results.reverse().slice(0, ROWS[state.step] || 0);
  const now = JSON.stringify(shown);
  if (list.dataset.shown === now) return;
  list.dataset.shown = now;
  list.replaceChildren(...shown.map(resultRow));
}

function resultRow(result) {
  const row = document.createElement("li");
  const leg = document.createElement("span");
  leg.className = `leg-name is-${result.leg}`;
  leg.textContent = result.leg === "left" ? "Left" : "Right";
  const parts = [` ${result.hold_s.toFixed(1)} s`, touchDowns(result.touch_downs)];
  if (result.force_sd_n !== null) parts.push(`force SD ${result.force_sd_n.toFixed(2)} N`);
  row.append(leg, parts.join(", "), ", ");
  const verdict = document.createElement("span");
  verdict.className = result.counts === false ? "no" : "yes";
  verdict.textContent =
    result.counts === null ? "practice" : result.counts ? "counts" : `does not count: ${result.why}`;
  row.append(verdict);
  return row;
}

function touchDowns(count) {
  if (count === null) return "touch-downs not known";
  return count === 1 ? "1 touch-down" : `${count} touch-downs`;
}

// -- for ears

function tell(state) {
  // A screen reader hears what to do when that changes, never the numbers in between.
  const result = state.step === "rest" ? byId("results").firstElementChild : null;
  const last = result === null ? "" : `Last hold: ${result.textContent}.`;
  text("told", [state.headline, state.big, state.detail, last].filter(Boolean).join(" "));
}

function play(state) {
  const cue = state.cue;
  const first = cueId === null;
  const isNew = cue.id !== cueId;
  cueId = cue.id;
  if (!sound) return;
  if (isNew && !first) {
    if (cue.urgent) speechSynthesis.cancel();
    const after = beeps(cue.beeps_ms, TONE_HZ);
    if (cue.speak) setTimeout(() => speak(cue.speak), after);
  }
  const left = state.countdown_s;
  const ticks = state.step === "rest" && left > 0 && left <= FRESH_TICKS_S;
  if (ticks && ticked !== left) beeps([60], TICK_HZ);
  ticked = ticks ? left : null;
}

function beeps(lengths, hertz) {
  let at = sound.currentTime + 0.02;
  for (const length of lengths) {
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    const end = at + length / 1000;
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.4, at + 0.01);
    volume.gain.setValueAtTime(0.4, end - 0.01);
    volume.gain.linearRampToValueAtTime(0, end);
    tone.connect(volume).connect(sound.destination);
    tone.start(at);
    tone.stop(end);
    at = end + GAP_MS / 1000;
  }
  return lengths.reduce((sum, length) => sum + length + GAP_MS, 0);
}

function speak(words) {
  if (!("speechSynthesis" in window)) return;
  const said = new SpeechSynthesisUtterance(words);
  said.lang = "en";
  speechSynthesis.speak(said);
}

// -- the person at the computer

byId("sound").addEventListener("click", () => {
  if (sound) {
    sound.close();
    sound = null;
    if ("speechSynthesis" in window) speechSynthesis.cancel();
  } else {
    sound = new AudioContext();
    beeps([100], TONE_HZ);
    speak("Sound is on.");
  }
  byId("sound").setAttribute("aria-pressed", String(sound !== null));
  text("sound", sound ? "Sound is on" : "Sound is off");
});

byId("full").addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen().catch(() => {});
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  if (!["p", "s", "r", "q"].includes(key) || !socket || socket.readyState !== WebSocket.OPEN) return;
  if (key === "q" && performance.now() - quitAskedAt > QUIT_MS) {
    quitAskedAt = performance.now();
    text("keys", "Press q once more to stop");
    return;
  }
  socket.send(key);
});

connect();
