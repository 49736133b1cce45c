// What comes out: the middle of an example, recognised when the page opens.

import { useEffect, useState } from 'preact/hooks';
import { initials, speakerColour } from '../../looks/speakers';
import { styleLabels } from '../../looks/label-style';
import { describeLabels } from '../../model/labels';
import { percent } from '../../model/format';
import { fromFile, toRequest, type Turn } from '../../model/conversation';
import { emotionName } from '../../model/describe';
import { readTurns } from '../../model/reading';
import { unsureOf } from '../../model/unsure';
import { recognize } from '../../service/client';
import type { RecognizeResponse } from '../../service/types';
import { openFiles } from '../../state/opening';
import { theme } from '../../state/settings';
import { labelList, model } from '../../state/talk';
import { t } from '../../words';
import { Badge, EmptyBadge } from '../parts/label';
import type { Example } from './examples';

const FIRST = 3;
const LAST = 8;

/** Returns "Name: text" lines as turns. */
function linesOf(text: string) {
  return text
    .split('\n')
    .map((line) => /^([^:]+):\s+(.*)$/.exec(line))
    .filter((found) => found !== null)
    .map(([, speaker = '', said = '']) => ({ speaker, text: said }));
}

// Asked for once: the start page comes and goes.
let answer: Promise<RecognizeResponse | null> | null = null;

async function askOnce(text: string): Promise<RecognizeResponse | null> {
  const talk = fromFile({ id: 'example', utterances: linesOf(text) }, []);
  try {
    return await recognize([toRequest(talk)], { labels: null, context: null, min_probability: 0 });
  } catch {
    // Without it there is no picture; whatever is wrong is told where the person asks for something.
    return null;
  }
}

function turnsOf(found: RecognizeResponse): Turn[] {
  const said = found.conversations[0];
  if (!said) return [];
  const { turns } = fromFile(said, []);
  return turns.map((turn, place) => ({ ...turn, answer: said.utterances[place]?.answer ?? null }));
}

export function Picture({ example }: { example: Example }) {
  const [found, setFound] = useState<RecognizeResponse | null>(null);
  useEffect(() => {
    if (labelList.value === null) return;
    answer ??= askOnce(example.text);
    void answer.then(setFound);
  }, [labelList.value]);
  const unsure = model.value ? unsureOf(model.value, found?.labels ?? []) : 0;
  const reads = found ? readTurns(turnsOf(found), found.labels, unsure) : [];
  const styles = found ? styleLabels(describeLabels(found.labels, found.label_set, labelList.value), theme.value) : [];
  const names = [...new Set(reads.map((read) => read.turn.speaker))];
  return (
    <figure class="card picture">
      <div class="picture-turns">
        {reads.slice(FIRST, LAST).map((read) => {
          const { turn } = read;
          const style = styles.find((one) => one.label === read.label);
          const tone = !style || style.family === 'neutral' ? 'transparent' : style.colour;
          return (
            <div
              key={turn.number}
              class="turn"
              style={{ '--tone': tone, '--who': speakerColour(names.indexOf(turn.speaker), theme.value) }}
            >
              <span class="avatar" aria-hidden="true">
                {initials(turn.speaker)}
              </span>
              <div class="turn-said">
                <p class="turn-head">
                  <strong class="turn-speaker">{turn.speaker}</strong>
                </p>
                <div class="turn-text">{turn.text}</div>
              </div>
              <div class="turn-mood">
                <span class={read.unsure ? 'label-name unsure-name' : 'label-name'}>
                  {style ? <Badge style={style} /> : <EmptyBadge sign="?" />}
                  {emotionName(read)}
                </span>{' '}
                {style && <span class="muted number small">{percent(read.confidence)}</span>}
              </div>
            </div>
          );
        })}
      </div>
      <figcaption class="row between wrap">
        <span class="muted small">{t('Sample result: a support chat')}</span>
        <button
          type="button"
          class="button"
          onClick={() => void openFiles([{ name: example.name, data: new Blob([example.text]) }])}
        >
          {t('Open this example')}
        </button>
      </figcaption>
    </figure>
  );
}
