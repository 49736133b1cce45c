// Where live turns are written: who speaks, and what.

import { useEffect, useRef, useState } from 'preact/hooks';
import { refused, say, session, streamState } from '../../state/live';
import { speakers } from '../../state/talk';
import { t } from '../../words';
import { Icon } from '../parts/icons';

const MOST_CHARACTERS = 20_000;
const FIRST_SPEAKERS = ['Ann', 'Bo'];

export function Composer() {
  const [added, setAdded] = useState<string[]>([]);
  const [speaker, setSpeaker] = useState('');
  const [text, setText] = useState('');
  const [alternate, setAlternate] = useState(true);
  const field = useRef<HTMLTextAreaElement>(null);
  const said = speakers.value;
  const names = [...new Set([...(said.length + added.length === 0 ? FIRST_SPEAKERS : said), ...added])];
  const current = names.includes(speaker) ? speaker : (names[0] ?? '');

  // The composer stands in view, so the page keeps its place.
  const toField = () => field.current?.focus({ preventScroll: true });
  useEffect(toField, []);

  // A turn that the service did not take comes back, so that it can be changed.
  useEffect(() => {
    if (!refused.value) return;
    setText(refused.value.text);
    setSpeaker(refused.value.speaker);
  }, [refused.value]);

  const addSpeaker = (name: string) => {
    // Suggested names that nobody has spoken under make way.
    setAdded(said.length === 0 && added.length === 0 ? [name] : [...names, name]);
    setSpeaker(name);
    toField();
  };

  const send = () => {
    if (!text.trim() || !current || !session.value) return;
    // The first turn makes the suggested names those of this conversation.
    setAdded(names);
    say(current, text.trim());
    setText('');
    if (alternate && names.length > 1) setSpeaker(names[(names.indexOf(current) + 1) % names.length] ?? current);
    toField();
  };

  return (
    <section class="composer" aria-label={t('Write a turn')}>
      <div class="composer-inner">
        <div class="row wrap between">
          <Who names={names} current={current} onSelect={setSpeaker} onAdd={addSpeaker} />
          <label class="check">
            <input
              type="checkbox"
              checked={alternate}
              onChange={(event) => setAlternate(event.currentTarget.checked)}
            />
            {t('Alternate speakers')}
          </label>
        </div>
        <form
          class="composer-form"
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <label class="field grow">
            <span class="unseen">{t('What {speaker} says', { speaker: current })}</span>
            <textarea
              ref={field}
              rows={1}
              value={text}
              dir="auto"
              maxLength={MOST_CHARACTERS}
              placeholder={t('{speaker} says…', { speaker: current })}
              aria-describedby="composer-note"
              aria-invalid={refused.value !== null}
              onInput={(event) => setText(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
                  event.preventDefault();
                  send();
                }
              }}
            />
          </label>
          <button type="submit" class="button primary" aria-label={t('Send')} disabled={!text.trim()}>
            <Icon name="send" /> <span class="button-word">{t('Send')}</span>
          </button>
        </form>
        <p
          id="composer-note"
          class={refused.value ? 'small problem-text' : `small muted${streamState.value === 'open' ? ' usual' : ''}`}
          role={refused.value ? 'alert' : undefined}
        >
          {refused.value ? t('Not accepted: {why}', { why: refused.value.detail }) : note()}
        </p>
      </div>
    </section>
  );
}

function note(): string {
  if (streamState.value === 'open') return t('Enter to send, Shift+Enter for a new line');
  return streamState.value === 'connecting' ? t('Connecting…') : t('Connection lost; turns will be sent once it is back');
}

interface WhoProps {
  names: string[];
  current: string;
  onSelect: (name: string) => void;
  onAdd: (name: string) => void;
}

function Who({ names, current, onSelect, onAdd }: WhoProps) {
  const [adding, setAdding] = useState(false);
  const [name, setName] = useState('');
  const add = () => {
    const wanted = name.trim();
    setAdding(false);
    setName('');
    if (wanted) onAdd(wanted);
  };
  return (
    <div class="row wrap who-row">
      <fieldset class="who">
        <legend class="unseen">{t('Current speaker')}</legend>
        {names.map((other) => (
          <label key={other} class={other === current ? 'chip chosen' : 'chip'}>
            <input
              type="radio"
              name="speaker"
              value={other}
              checked={other === current}
              onChange={() => onSelect(other)}
            />
            {other}
          </label>
        ))}
      </fieldset>
      {adding ? (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <input
            class="name-field"
            aria-label={t('Name of the new speaker')}
            value={name}
            maxLength={200}
            ref={(element) => element?.focus()}
            onInput={(event) => setName(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setAdding(false);
            }}
          />
          <button type="submit" class="button">
            {t('Add')}
          </button>
        </form>
      ) : (
        <button type="button" class="button" aria-label={t('Add a speaker')} onClick={() => setAdding(true)}>
          <Icon name="plus" /> <span class="button-word">{t('Speaker')}</span>
        </button>
      )}
    </div>
  );
}
