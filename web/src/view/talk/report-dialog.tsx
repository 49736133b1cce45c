import { useEffect, useRef, useState } from 'preact/hooks';
import { download, fileName } from '../../export/download';
import { toReport } from '../../export/report';
import { infos, labels, model, screen, shown, talk } from '../../state/talk';
import { t } from '../../words';
import { everything, reportOpen } from './export-menu';

/** Asks what goes into a report, and hands it over as one file. */
export function ReportDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = reportOpen.value;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="report-title"
      onCancel={(event) => {
        event.preventDefault();
        reportOpen.value = false;
      }}
    >
      {open && <Form />}
    </dialog>
  );
}

function Form() {
  const all = everything();
  const single = screen.value === 'conversation' || all.length === 1;
  const [title, setTitle] = useState((single ? all[shown.value]?.id : talk.value?.name) ?? '');
  const [note, setNote] = useState('');
  const [withWords, setWithWords] = useState(true);
  const [withNames, setWithNames] = useState(true);
  const [whole, setWhole] = useState(!single);
  const make = () => {
    const chosen = whole ? all : all.slice(shown.value, shown.value + 1);
    const text = toReport({
      title: title.trim() || t('Conversation'),
      note,
      conversations: chosen,
      labels: labels.value,
      infos: infos.value,
      model: model.value,
      withWords,
      withNames,
      madeAt: new Date(),
    });
    download(fileName(title, 'report', 'html'), new Blob([text], { type: 'text/html;charset=utf-8' }));
    reportOpen.value = false;
  };
  return (
    <form
      method="dialog"
      onSubmit={(event) => {
        event.preventDefault();
        make();
      }}
    >
      <h2 id="report-title">{t('Shareable report')}</h2>
      <p class="muted small">{t('A single self-contained HTML file; print it to get a PDF.')}</p>
      <label class="field">
        {t('Title')}
        <input value={title} dir="auto" onInput={(event) => setTitle(event.currentTarget.value)} />
      </label>
      <label class="field">
        {t('Notes')}
        <textarea value={note} rows={3} dir="auto" onInput={(event) => setNote(event.currentTarget.value)} />
      </label>
      {single && all.length > 1 && (
        <label class="check">
          <input type="checkbox" checked={whole} onChange={(event) => setWhole(event.currentTarget.checked)} />
          {t('All {n} conversations', { n: all.length })}
        </label>
      )}
      <label class="check">
        <input type="checkbox" checked={withWords} onChange={(event) => setWithWords(event.currentTarget.checked)} />
        {t('Include the text of every turn')}
      </label>
      <label class="check">
        <input type="checkbox" checked={withNames} onChange={(event) => setWithNames(event.currentTarget.checked)} />
        {t('Include speaker names')}
      </label>
      <div class="row end">
        <button type="button" class="button" onClick={() => (reportOpen.value = false)}>
          {t('Cancel')}
        </button>
        <button type="submit" class="button primary">
          {t('Save report')}
        </button>
      </div>
    </form>
  );
}
