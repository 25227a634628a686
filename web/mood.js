// A label as people see it: a tone (sun, rain, mist, or a colour of its own), a word, percentages, a bar.
// Tested by: tests/browser/page_talk_test.mjs

import { draw, icon, make } from './dom.js';
import { percent, word } from './language.js';

// The shipped tasks' labels; others get tones of their own.
const TONES = {
  正面: 'positive', 积极: 'positive', 开心: 'positive', positive: 'positive',
  负面: 'negative', 消极: 'negative', 难过: 'negative', negative: 'negative',
  中性: 'neutral', 平静: 'neutral', neutral: 'neutral',
};
const OTHERS = 6; // tone-0 to tone-5 in page.css
const UNSURE_BELOW = 0.2; // margin between the first two labels

export function toneOf(label, labels = []) {
  const known = Object.hasOwn(TONES, label) ? TONES[label] : Object.hasOwn(TONES, label.toLowerCase()) ? TONES[label.toLowerCase()] : null;
  return known ?? `other-${Math.max(0, labels.indexOf(label)) % OTHERS}`;
}

// The three moods are said in the page's language, other labels as they are.
export function labelWord(label) {
  const tone = toneOf(label);
  return tone.startsWith('other') || !['正面', '负面', '中性', 'positive', 'negative', 'neutral'].includes(label.toLowerCase())
    ? label
    : word(`label_${tone}`);
}

export const toneIcon = (tone) => icon(tone.startsWith('other') ? 'tag' : tone);

// Likeliest first: [{label, tone, share}].
export function shares({ labels, probs }) {
  return labels
    .map((label, i) => ({ label, tone: toneOf(label, labels), share: Number(probs[i]) || 0 }))
    .sort((a, b) => b.share - a.share);
}

// In the labels' own order, so that bars under each other compare.
export function stackedBar(sentiment) {
  const bar = draw('svg', { class: 'stack', viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  let from = 0;
  sentiment.labels.forEach((label, i) => {
    const width = Math.max(0, Number(sentiment.probs[i]) || 0) * 100;
    bar.append(draw('rect', { class: `fill ${toneOf(label, sentiment.labels)}`, x: from, y: 0, width, height: 6 }));
    from += width;
  });
  return bar;
}

export function moodBadge(sentiment) {
  const [first, ...rest] = shares(sentiment);
  const said = [first, ...rest].map(({ label, share }) => `${labelWord(label)} ${percent(share)}`);
  const unsure = sentiment.margin != null && sentiment.margin < UNSURE_BELOW;
  return make(
    'div',
    { class: `mood ${first.tone}`, role: 'group', 'aria-label': word('mood_of', { list: said.join(', ') }) },
    toneIcon(first.tone),
    make('span', { class: 'mood-first' }, said[0]),
    unsure && make('span', { class: 'mood-unsure' }, word('mood_unsure')),
    stackedBar(sentiment),
    make('span', { class: 'mood-rest' }, said.slice(1, 4).join(' · ')),
  );
}

// From -1 (rain) to 1 (sun); null where a task has no such labels.
export function height(sentiment) {
  let sum = 0;
  let known = 0;
  for (const { tone, share } of shares(sentiment)) {
    if (tone === 'positive') sum += share;
    if (tone === 'negative') sum -= share;
    if (tone === 'positive' || tone === 'negative') ++known;
  }
  return known > 0 ? sum : null;
}
