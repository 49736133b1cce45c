// Why: what changes when a word or an earlier turn is left out; asked for on demand.

import { useState } from 'preact/hooks';
import { points, strongest, wordParts } from '../../model/why';
import { toRequest } from '../../model/conversation';
import { shorten } from '../../model/format';
import type { Read } from '../../model/reading';
import { explain } from '../../service/client';
import type { ExplainResponse } from '../../service/types';
import { tellError } from '../../state/notices';
import { choices, conversation, reads, select } from '../../state/talk';
import { t } from '../../words';

const MOST_TURNS = 4;

export function Why({ read }: { read: Read }) {
  const [found, setFound] = useState<ExplainResponse | null>(null);
  const [asking, setAsking] = useState(false);
  const label = read.label ?? read.best;
  const ask = async () => {
    const talk = conversation.value;
    if (!talk || label === null) return;
    setAsking(true);
    try {
      const { labels, context } = choices();
      const turn = placeOf(read) + 1;
      setFound(await explain({ conversation: toRequest(upTo(turn)), turn, label, labels, context }));
    } catch (error) {
      tellError(t('The turn could not be explained'), error);
    } finally {
      setAsking(false);
    }
  };
  if (found !== null && found.label === label) return <Shown read={read} found={found} />;
  return (
    <button type="button" class="button why-button" disabled={asking} onClick={() => void ask()}>
      {asking ? t('Explaining…') : t('Why {label}?', { label: t(label ?? '') })}
    </button>
  );
}

/** Returns the place of a turn, from 0; its number may be higher, where live turns were deleted. */
function placeOf(read: Read): number {
  return reads.value.findIndex((other) => other.turn.number === read.turn.number);
}

/** Returns the conversation without what comes after its first turns, which has no part in the last one's answer. */
function upTo(count: number) {
  const talk = conversation.value;
  return { id: talk?.id ?? '', status: 'done' as const, note: '', turns: (talk?.turns ?? []).slice(0, count) };
}

function Shown({ read, found }: { read: Read; found: ExplainResponse }) {
  const turns = strongest(found.turns, MOST_TURNS);
  const label = t(found.label);
  return (
    <section class="why" aria-label={t('Why {label}?', { label })}>
      <h3>{t('Why {label}?', { label })}</h3>
      {found.words.length > 0 && (
        <p class="why-words" dir="auto">
          {wordParts(read.turn.text, found.words).map(({ text, change, strength }, place) =>
            change === null ? (
              text
            ) : (
              <span
                key={place}
                class={change >= 0 ? 'word for' : 'word against'}
                style={{ '--strength': strength.toFixed(2) }}
                title={t('without it: {points}', { points: points(-change) })}
              >
                {text}
                {strength >= 0.5 && <sup>{points(change)}</sup>}
              </span>
            ),
          )}
        </p>
      )}
      {turns.length > 0 && (
        <ul class="plain why-turns">
          {turns.map((one) => {
            const earlier = reads.value[one.turn - 1]?.turn;
            return (
              <li key={one.turn}>
                <button type="button" class="shift-button" onClick={() => select(one.turn - 1)}>
                  <span class="muted number">{earlier?.number}</span>
                  <span class="why-said" dir="auto">
                    <strong>{earlier?.speaker}</strong> {shorten(earlier?.text ?? '', 80)}
                  </span>
                  <span class="number">{points(one.change)}</span>
                </button>
              </li>
            );
          })}
        </ul>
      )}
      {turns.length === 0 && placeOf(read) > 0 && <p class="muted small">{t('No earlier turn changes it by a percentage point or more.')}</p>}
      <p class="muted small">
        {t('Percentage points that “{label}” loses when only this word or turn is left out. They do not add up to a total, and they do not show why a person felt this way.', { label })}
      </p>
    </section>
  );
}
