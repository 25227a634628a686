// The moods of a conversation as a line over a horizon: sun above, rain below.
// Tested by: tests/browser/page_talk_test.mjs

import { draw } from './dom.js';
import { percent, word } from './language.js';
import { height, labelWord, shares } from './mood.js';

const HEIGHT = 64; // CSS pixels, as in talk.css
const MIDDLE = HEIGHT / 2;
const REACH = 22; // of a mood that is certain, from the horizon
const STEP = 72; // at most, between two messages
const EDGE = 14;
const SHOWN = 80; // messages; older ones leave on the left

// Flat where it meets a point, so that it never passes one.
function curve(points) {
  const parts = [`M${points[0].x} ${points[0].y}`];
  for (let i = 1; i < points.length; ++i) {
    const [a, b] = [points[i - 1], points[i]];
    const middle = (a.x + b.x) / 2;
    parts.push(`C${middle} ${a.y} ${middle} ${b.y} ${b.x} ${b.y}`);
  }
  return parts.join('');
}

function half(id, y) {
  return draw('clipPath', { id }, draw('rect', { x: 0, y, width: 10000, height: MIDDLE }));
}

// turns: [{sentiment, ...}]; whenChosen(index) when a point is pressed. Null where there is nothing to draw.
export function moodLine(turns, width, whenChosen) {
  const read = turns.map((turn, index) => ({ index, sentiment: turn.sentiment })).filter(({ sentiment }) => sentiment && height(sentiment) !== null).slice(-SHOWN);
  if (read.length === 0) return null;
  const step = read.length < 2 ? 0 : Math.min(STEP, (width - 2 * EDGE) / (read.length - 1));
  const points = read.map(({ index, sentiment }, i) => {
    const [first] = shares(sentiment);
    const values = { n: index + 1, label: labelWord(first.label), percent: percent(first.share) };
    return { index, tone: first.tone, said: values, x: EDGE + i * step, y: MIDDLE - REACH * height(sentiment) };
  });
  const list = points.map(({ said }) => `${said.label} ${said.percent}`).join(', ');
  const picture = draw(
    'svg',
    { class: 'mood-line', width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label': word('mood_line_read', { n: points.length, list }) },
    half('mood-sky', 0),
    half('mood-ground', MIDDLE),
    draw('line', { class: 'horizon', x1: 0, x2: width, y1: MIDDLE, y2: MIDDLE }),
  );
  if (points.length > 1) {
    const path = curve(points);
    const area = `${path}L${points.at(-1).x} ${MIDDLE}L${points[0].x} ${MIDDLE}Z`;
    picture.append(
      draw('path', { class: 'area positive', d: area, 'clip-path': 'url(#mood-sky)' }),
      draw('path', { class: 'area negative', d: area, 'clip-path': 'url(#mood-ground)' }),
      draw('path', { class: 'trace', d: path }),
    );
  }
  for (const { index, tone, said, x, y } of points) {
    picture.append(draw('circle', { class: `point ${tone}`, cx: x, cy: y, r: points.length > 40 ? 3 : 5, click: () => whenChosen(index) }, draw('title', {}, word('turn_mood', said))));
  }
  return picture;
}
