import { useEffect, useRef, useState } from 'preact/hooks';
import { plural } from '../model/format';
import { beginLive, keptSessions, refreshSessions, removeSession, resumeLive } from '../state/live';
import { openFiles } from '../state/recognising';
import { settings } from '../state/settings';
import { labelList, models, starting, talk } from '../state/talk';
import { EXAMPLES } from './examples';
import { Icon } from './icons';
import { LabelControls } from './label-controls';

/** Where a conversation is begun: a file, pasted text, or live. */
export function Start() {
  useEffect(() => {
    void refreshSessions();
    window.scrollTo(0, 0);
    // The button that led here is gone with its view.
    if (talk.value) document.getElementById('main')?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="start">
      <div class="start-head">
        <h1>How does each turn of a conversation feel?</h1>
        <p class="lead">
          Give a conversation, and every turn gets an emotion with an honest probability: plotted, counted and yours to
          correct and take away.
        </p>
        {talk.value && (
          <button type="button" class="button" onClick={() => (starting.value = false)}>
            <Icon name="left" /> Back to {talk.value.name}
          </button>
        )}
      </div>
      <div class="start-cards">
        <FileCard />
        <PasteCard />
        <LiveCard />
      </div>
      <section class="card start-labels" aria-label="Labels">
        <LabelControls />
        <Words />
      </section>
    </div>
  );
}

/** What a turn can be with the chosen set. */
function Words() {
  const { labelChoice, ownLabels } = settings.value;
  const shipped = labelList.value?.label_sets.find((set) => set.name === labelChoice);
  const words =
    labelChoice === 'own' ? ownLabels : (shipped?.labels.map((info) => info.label) ?? models.value[0]?.labels ?? []);
  if (words.length === 0) return null;
  return <p class="muted small words">{`A turn can be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}.`}</p>;
}

function FileCard() {
  const field = useRef<HTMLInputElement>(null);
  const take = () => {
    const files = [...(field.current?.files ?? [])].map((file) => ({ name: file.name, data: file }));
    if (files.length > 0) void openFiles(files);
    // The same file may be chosen again.
    if (field.current) field.current.value = '';
  };
  return (
    <section class="card start-card" aria-labelledby="file-title">
      <h2 id="file-title">
        <Icon name="file" /> A file
      </h2>
      <div class="drop-zone">
        <p>Drop files anywhere on this page, or</p>
        <button type="button" class="button primary" onClick={() => field.current?.click()}>
          Choose files
        </button>
        <input ref={field} type="file" multiple hidden onChange={take} aria-label="Files with conversations" />
      </div>
      <p class="muted small">
        Exports of WhatsApp, Telegram and Discord, chats and transcripts of Zoom and Teams, WebVTT, SRT, ELAN, CHAT, Whisper’s
        JSON, “Name: text” lines, CSV, TSV, JSON lines, chat messages.
      </p>
      <p class="small">Or look at an example:</p>
      <ul class="plain examples">
        {EXAMPLES.map((example) => (
          <li key={example.name}>
            <button
              type="button"
              class="link"
              onClick={() => void openFiles([{ name: example.name, data: new Blob([example.text]) }])}
            >
              {example.title}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function PasteCard() {
  const [text, setText] = useState('');
  const read = () => void openFiles([{ name: 'pasted.txt', data: new Blob([text]) }]);
  return (
    <section class="card start-card" aria-labelledby="paste-title">
      <h2 id="paste-title">
        <Icon name="paste" /> Pasted text
      </h2>
      <label class="field grow">
        <span class="unseen">Conversation</span>
        <textarea
          value={text}
          rows={7}
          placeholder={'Ann: We won!\nBo: I can’t believe it, wow!'}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && text.trim()) read();
          }}
        />
      </label>
      <div class="row between">
        <span class="muted small">Any of the formats of a file</span>
        <button type="button" class="button primary" disabled={!text.trim()} onClick={read}>
          Recognise
        </button>
      </div>
    </section>
  );
}

function LiveCard() {
  const [title, setTitle] = useState('');
  const kept = keptSessions.value;
  return (
    <section class="card start-card" aria-labelledby="live-title">
      <h2 id="live-title">
        <Icon name="live" /> As it happens
      </h2>
      <p class="small">Type turns as several speakers; each gets its emotion at once.</p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void beginLive(title.trim());
        }}
      >
        <label class="field grow">
          <span class="unseen">Title</span>
          <input
            value={title}
            maxLength={200}
            placeholder="Title (optional)"
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button primary">
          Begin
        </button>
      </form>
      {kept.length > 0 && (
        <>
          <h3>Kept by the service</h3>
          <ul class="plain kept">
            {kept.map((session) => (
              <li key={session.id} class="row between">
                <button type="button" class="link" onClick={() => void resumeLive(session.id)}>
                  {session.title || new Date(session.created_at).toLocaleString()}
                </button>
                <span class="muted small">{plural(session.n_utterances, 'turn')}</span>
                <button
                  type="button"
                  class="button icon-only"
                  aria-label={`Delete ${session.title || session.id}`}
                  onClick={() => {
                    if (window.confirm('Delete this conversation from the service?')) void removeSession(session.id);
                  }}
                >
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
