// Pieces that several sections have: badges, bars, strips, quotes.

const colour = (label) => (label < DATA.labels.length ? `var(--l${label})` : 'var(--sunk)');
const labelName = (label) => (label < DATA.labels.length ? DATA.labels[label].name : 'unsure');

function badge(label) {
  if (label >= DATA.labels.length) return make('span', { class: 'label muted' }, 'unsure');
  const code = make('b', { style: { background: colour(label), color: `var(--on${label})` }, 'aria-hidden': 'true' }, DATA.labels[label].code);
  return make('span', { class: 'label' }, code, labelName(label));
}

/** What stands for a turn: its emotion with its confidence, or between which two it is. */
function emotion(turn) {
  if (turn.unsure)
    return make('span', { class: 'muted' }, `unsure: ${labelName(turn.best)} ${percent(turn.confidence)} or ${labelName(turn.second)} ${percent(turn.secondConfidence)}`);
  return make('span', {}, badge(turn.best), make('span', { class: 'muted' }, ` ${percent(turn.confidence)}`));
}

function shareText(counts) {
  const total = counts.reduce((sum, one) => sum + one, 0) || 1;
  return counts
    .map((count, label) => [count / total, labelName(label)])
    .filter(([share]) => share > 0)
    .sort((a, b) => b[0] - a[0])
    .map(([share, name]) => `${name} ${percent(share)}`)
    .join(', ');
}

function stacked(counts, big) {
  const total = counts.reduce((sum, one) => sum + one, 0) || 1;
  const parts = DATA.order
    .filter((label) => counts[label] > 0)
    .map((label) => make('i', { title: `${labelName(label)} ${percent(counts[label] / total)}`, style: { width: `${(100 * counts[label]) / total}%`, background: colour(label) } }));
  return make('div', { class: big ? 'bar big' : 'bar', role: 'img', 'aria-label': shareText(counts) }, parts);
}

/** Columns, one a period: the shares of emotions, as high as there are turns, or all of one height. */
function columns(turns, low) {
  const groups = groupTurns(turns, (turn) => turn.period);
  const most = Math.max(1, ...DATA.periods.names.map((_, period) => (groups.get(period) ?? []).length));
  const parts = DATA.periods.names.map((name, period) => {
    const own = groups.get(period) ?? [];
    const counts = countLabels(own);
    const height = low ? (own.length ? 100 : 0) : (100 * own.length) / most;
    const pieces = DATA.order
      .filter((label) => counts[label] > 0)
      .map((label) => make('i', { style: { height: `${(height * counts[label]) / own.length}%`, background: colour(label) } }));
    return make('span', { title: own.length ? `${name}: ${plural(own.length, 'turn')}, ${shareText(counts)}` : name }, pieces);
  });
  const about = `Emotions by ${DATA.periods.kind}, ${DATA.periods.names[0]} to ${DATA.periods.names.at(-1)}: ${shareText(countLabels(turns))}`;
  return make('div', { class: low ? 'columns low' : 'columns', role: 'img', 'aria-label': about }, parts);
}

/** A conversation in one line, a piece for each turn. */
function strip(turns) {
  const pieces = turns.map((turn) => make('i', { title: `${turn.number}: ${turn.unsure ? 'unsure' : labelName(turn.best)}`, style: { background: colour(turn.unsure ? DATA.labels.length : turn.best) } }));
  return make('div', { class: 'strip', role: 'img', 'aria-label': `Turn by turn: ${shareText(countLabels(turns))}` }, pieces);
}

function shorten(text, most) {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`;
}

function place(turn) {
  return make('span', { class: 'muted small', dir: 'auto' }, `${DATA.talks[turn.talk].name}, turn ${turn.number}`);
}

/** What a speaker said last before a turn of theirs. */
function turnBefore(turn) {
  const own = BY_TALK[turn.talk];
  for (let at = own.indexOf(turn) - 1; at >= 0; at -= 1) if (own[at].speaker === turn.speaker) return own[at];
  return null;
}

function quote(turn, withBefore) {
  const before = withBefore ? turnBefore(turn) : null;
  const said = (one, of) => (one.text === '' ? null : make('p', { class: of, dir: 'auto' }, `“${shorten(one.text, 240)}”`));
  return make(
    'li',
    {},
    make('p', {}, make('strong', { dir: 'auto' }, DATA.speakers[turn.speaker]), ' ', place(turn)),
    before ? said(before, 'before') : null,
    make('p', {}, withBefore && turn.from !== null ? [badge(turn.from), ' → '] : null, emotion(turn), withBefore ? make('span', { class: 'muted' }, `, turned by ${percent(turn.strength)}`) : null),
    said(turn, 'said'),
  );
}
