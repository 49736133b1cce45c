// What is open, in words, with what can be done with it.

import { signal } from '@preact/signals';
import { labelSetWords } from '../../model/label-sets';
import { limits } from '../../model/limits';
import { nextRedo, nextUndo, redo, undo } from '../../state/history';
import { conversation, type Look, look, model, screen, speakers, talk } from '../../state/talk';
import { count, t, word } from '../../words';
import { Icon } from '../parts/icons';

export const settingsOpen = signal(false);

const LOOKS: { look: Look; icon: 'words' | 'bars' | 'table'; word: string }[] = [
  { look: 'words', icon: 'words', word: word('Transcript') },
  { look: 'timeline', icon: 'bars', word: word('Timeline') },
  { look: 'table', icon: 'table', word: word('Table') },
];

export function TalkHead() {
  const open = talk.value;
  const one = conversation.value;
  if (!open || !one) return null;
  const several = open.conversations.length > 1;
  const facts = [
    count(one.turns.length, 'turn'),
    count(speakers.value.length, 'speaker'),
    t('labels: {which}', { which: labelSetWords(open.labelSet, open.labels) }),
  ];
  return (
    <div class="talk-head">
      <div class="talk-title">
        {several && (
          <button type="button" class="link" onClick={() => (screen.value = 'overview')}>
            <Icon name="left" /> {t('All {conversations}', { conversations: count(open.conversations.length, 'conversation') })}
          </button>
        )}
        <h1 dir="auto">{one.id || open.name}</h1>
        <p class="muted small">
          {facts.join(' · ')}
          <span class="limits">{limits(model.value)}</span>
        </p>
      </div>
      <div class="talk-tools">
        <fieldset class="looks switch">
          <legend class="unseen">{t('View')}</legend>
          {LOOKS.map((one) => (
            <label key={one.look}>
              <input
                type="radio"
                name="look"
                value={one.look}
                checked={look.value === one.look}
                onChange={() => (look.value = one.look)}
              />
              <Icon name={one.icon} />
              <span>{t(one.word)}</span>
            </label>
          ))}
        </fieldset>
        <div class="row">
          <Step icon="undo" word={t('Undo')} what={nextUndo.value} act={undo} />
          <Step icon="redo" word={t('Redo')} what={nextRedo.value} act={redo} />
          <button
            type="button"
            class="button"
            aria-expanded={settingsOpen.value}
            aria-controls="settings"
            onClick={() => (settingsOpen.value = !settingsOpen.value)}
          >
            <Icon name="settings" /> <span class="button-word">{t('Settings')}</span>
          </button>
        </div>
      </div>
    </div>
  );
}

interface StepProps {
  icon: 'undo' | 'redo';
  word: string;
  what: string | null;
  act: () => Promise<void>;
}

function Step({ icon, word: name, what, act }: StepProps) {
  return (
    <button
      type="button"
      class="button icon-only"
      aria-label={what === null ? name : `${name}: ${what}`}
      title={what === null ? name : `${name}: ${what}`}
      disabled={what === null}
      onClick={() => void act()}
    >
      <Icon name={icon} />
    </button>
  );
}
