// The turns of the report, and those that the filters leave.

const DATA = reportData();
const TURNS = DATA.turns.talk.map((talk, place) => ({
  place,
  talk,
  number: DATA.turns.number[place],
  speaker: DATA.turns.speaker[place],
  best: DATA.turns.best[place],
  second: DATA.turns.second[place],
  confidence: DATA.turns.confidence[place] / 1000,
  secondConfidence: DATA.turns.second_confidence[place] / 1000,
  unsure: DATA.turns.unsure[place] === 1,
  from: DATA.turns.shift_from[place],
  strength: DATA.turns.strength[place] / 1000,
  period: DATA.turns.period[place],
  language: DATA.turns.language[place],
  text: DATA.turns.text[place],
}));
const BY_TALK = DATA.talks.map(() => []);
for (const turn of TURNS) BY_TALK[turn.talk].push(turn);

const percent = (share) => `${Math.round(share * 100)} %`;
const plural = (n, word) => `${n.toLocaleString('en')} ${word}${n === 1 ? '' : 's'}`;
const fold = (text) => text.normalize('NFKC').toLocaleLowerCase();

/** Returns the turns that the filters leave. */
function filterTurns(asked) {
  const words = fold(asked.words).split(/\s+/).filter(Boolean);
  return TURNS.filter(
    (turn) =>
      (asked.speaker === null || turn.speaker === asked.speaker) &&
      (asked.label === null || (asked.label === -1 ? turn.unsure : !turn.unsure && turn.best === asked.label)) &&
      (asked.period === null || turn.period === asked.period) &&
      turn.confidence >= asked.least &&
      turn.confidence <= asked.most &&
      (!asked.turning || turn.from !== null) &&
      words.every((word) => fold(`${turn.text} ${DATA.talks[turn.talk].name}`).includes(word)),
  );
}

/** Returns how many turns have each label; the last number is of those that are unsure. */
function countLabels(turns) {
  const counts = new Array(DATA.labels.length + 1).fill(0);
  for (const turn of turns) counts[turn.unsure ? DATA.labels.length : turn.best] += 1;
  return counts;
}

/** Returns lists of turns by what a function says of them. */
function groupTurns(turns, key) {
  const groups = new Map();
  for (const turn of turns) {
    const name = key(turn);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(turn);
  }
  return groups;
}
