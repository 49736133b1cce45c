// Files for the person: named after the conversation, handed over by the browser.

/** Returns a file name that every system takes. */
export function fileName(conversation: string, what: string, extension: string): string {
  const stem = conversation
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
  return `${stem || 'conversation'}-${what}.${extension}`;
}

export function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has begun by then; without this the text would stay in memory.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
