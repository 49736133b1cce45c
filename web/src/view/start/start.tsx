import { useEffect, useRef, useState } from 'preact/hooks';
import { limits } from '../../model/limits';
import { refreshKept } from '../../state/kept';
import { beginLive, refreshSessions } from '../../state/live';
import { openFiles } from '../../state/opening';
import { asked } from '../../state/settings';
import { formats, labelList, model, models, screen, talk } from '../../state/talk';
import { t } from '../../words';
import { Icon } from '../parts/icons';
import { LabelControls } from '../talk/label-controls';
import { EXAMPLES } from './examples';
import { Kept } from './kept';
import { Picture } from './picture';

/** Where a conversation is begun: a file, or pasted text, or live; and what was begun before. */
export function Start() {
  useEffect(() => {
    void refreshSessions();
    void refreshKept();
    window.scrollTo(0, 0);
    // The button that led here is gone with its view.
    if (talk.value) document.getElementById('main')?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="start">
      <section class="hero">
        <div class="hero-words">
          <h1>{t('Find the emotion in every turn of a conversation')}</h1>
          <p class="lead">
            {t('Add a conversation, and every turn gets an emotion with a calibrated probability. Correct what is wrong, then share the result.')}
          </p>
          <p class="muted small">{limits(model.value)}</p>
          {talk.value && (
            <button type="button" class="button" onClick={back}>
              <Icon name="left" /> {t('Back to {name}', { name: talk.value.name })}
            </button>
          )}
          <Files />
        </div>
        <Picture example={EXAMPLES[0]} />
      </section>
      <div class="ways">
        <Paste />
        <Live />
      </div>
      <Kept />
      <details class="card start-labels">
        <summary>{t('Choose other emotions')}</summary>
        <LabelControls />
        <Words />
      </details>
    </div>
  );
}

function back(): void {
  screen.value = (talk.value?.conversations.length ?? 0) > 1 ? 'overview' : 'conversation';
}

/** What a turn can be with the chosen set. */
function Words() {
  const { labelChoice, ownLabels } = asked.value;
  const shipped = labelList.value?.label_sets.find((set) => set.name === labelChoice);
  const words =
    labelChoice === 'own' ? ownLabels : (shipped?.labels.map((info) => info.label) ?? models.value[0]?.labels ?? []);
  if (words.length === 0) return null;
  return (
    <p class="muted small words">{t('Possible labels: {words}.', { words: words.map((one) => t(one)).join(', ') })}</p>
  );
}

function Files() {
  const field = useRef<HTMLInputElement>(null);
  const take = () => {
    const files = [...(field.current?.files ?? [])].map((file) => ({ name: file.name, data: file }));
    if (files.length > 0) void openFiles(files);
    // The same file may be chosen again.
    if (field.current) field.current.value = '';
  };
  return (
    <div class="drop-zone">
      <button type="button" class="button primary large" onClick={() => field.current?.click()}>
        <Icon name="file" /> {t('Choose files')}
      </button>
      <p class="muted">{t('or drop them anywhere on this page')}</p>
      <input ref={field} type="file" multiple hidden onChange={take} aria-label={t('Conversation files')} />
      <ul class="plain examples small">
        {EXAMPLES.map((example) => (
          <li key={example.name}>
            <button
              type="button"
              class="link"
              onClick={() => void openFiles([{ name: example.name, data: new Blob([example.text]) }])}
            >
              {t(example.title)}
            </button>
          </li>
        ))}
      </ul>
      {formats.value.length > 0 && (
        <details class="small">
          <summary>{t('{n} file formats', { n: formats.value.length })}</summary>
          <ul class="plain formats">
            {formats.value.map((one) => (
              <li key={one.name}>
                <strong>{one.title}</strong> <span class="muted">{one.extensions.join(' ')}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Paste() {
  const [text, setText] = useState('');
  const read = () => void openFiles([{ name: 'pasted.txt', data: new Blob([text]) }]);
  return (
    <section class="card way" aria-labelledby="paste-title">
      <h2 id="paste-title">
        <Icon name="paste" /> {t('Paste text')}
      </h2>
      <label class="field grow">
        <span class="unseen">{t('Pasted conversation')}</span>
        <textarea
          value={text}
          rows={4}
          dir="auto"
          placeholder={t('Ann: We won!\nBo: I can’t believe it, wow!')}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && text.trim()) read();
          }}
        />
      </label>
      <button type="button" class="button" disabled={!text.trim()} onClick={read}>
        {t('Recognise emotions')}
      </button>
    </section>
  );
}

function Live() {
  const [title, setTitle] = useState('');
  return (
    <section class="card way" aria-labelledby="live-title">
      <h2 id="live-title">
        <Icon name="live" /> {t('Live conversation')}
      </h2>
      <p class="small muted">
        {t('Type turns for several speakers and see the emotion of each one immediately. The service stores them until they expire or you delete them.')}
      </p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void beginLive(title.trim());
        }}
      >
        <label class="field grow">
          <span class="unseen">{t('Title')}</span>
          <input
            value={title}
            maxLength={200}
            placeholder={t('Title (optional)')}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button">
          {t('Start conversation')}
        </button>
      </form>
    </section>
  );
}
