// What a person changed, so that it can be taken back and made again.

import { computed, signal } from '@preact/signals';
import { t } from '../words';
import { announce, tellError } from './notices';

export interface Edit {
  /** What was done, in words. */
  words: string;
  undo: () => void | Promise<void>;
  redo: () => void | Promise<void>;
  /** Of what is written bit by bit: edits of one name that follow each other are one. */
  joins?: string;
  /** Of how the model is asked: opening the file again brings the answers back. */
  remade?: boolean;
}

const done = signal<Edit[]>([]);
const undone = signal<Edit[]>([]);
export const nextUndo = computed(() => done.value.at(-1)?.words ?? null);
export const nextRedo = computed(() => undone.value.at(-1)?.words ?? null);
/** Whether what was changed before is kept no longer. */
const unkept = signal(false);
/** Whether there is something that opening the file again would not bring back. */
export const edited = computed(() => unkept.value || done.value.some((edit) => !edit.remade));

let acting: Promise<void> = Promise.resolve();

/** Acts after what was begun before, so that two quick changes keep their order. */
function inOrder(act: () => Promise<void>): Promise<void> {
  acting = acting.then(act, act);
  return acting;
}

/** Makes a change that can be taken back. */
export function perform(edit: Edit): Promise<void> {
  return inOrder(async () => {
    try {
      await edit.redo();
    } catch (error) {
      tellError(edit.words, error);
      return;
    }
    add(edit);
  });
}

function add(edit: Edit): void {
  const last = done.value.at(-1);
  const joined = edit.joins !== undefined && last?.joins === edit.joins ? { ...edit, undo: last.undo } : null;
  done.value = joined ? [...done.value.slice(0, -1), joined] : [...done.value, edit];
  undone.value = [];
}

/** Makes a change that takes no time, at once: what is being written waits for nothing. */
export function performNow(edit: Edit): void {
  void edit.redo();
  add(edit);
}

export function undo(): Promise<void> {
  return inOrder(async () => {
    const edit = done.value.at(-1);
    if (!edit) return;
    try {
      await edit.undo();
    } catch (error) {
      tellError(t('Undo'), error);
      return;
    }
    // A note may have been written meanwhile.
    done.value = done.value.filter((other) => other !== edit);
    undone.value = [...undone.value, edit];
    announce(t('Undone: {what}', { what: edit.words }));
  });
}

export function redo(): Promise<void> {
  return inOrder(async () => {
    const edit = undone.value.at(-1);
    if (!edit) return;
    try {
      await edit.redo();
    } catch (error) {
      tellError(t('Redo'), error);
      return;
    }
    undone.value = undone.value.filter((other) => other !== edit);
    done.value = [...done.value, edit];
    announce(t('Redone: {what}', { what: edit.words }));
  });
}

/** Forgets what was done: another conversation is open. */
export function forgetEdits(): void {
  done.value = [];
  undone.value = [];
  unkept.value = false;
}

/** The open conversation is kept no longer, nor what was changed in it before it was opened. */
export function markUnkept(): void {
  unkept.value = true;
}
