// The service's contract as the page uses it; src/instructerc/serving/contract/schemas/ says what each field means.

export interface TurnIn {
  speaker: string;
  text: string;
  start?: number | null;
  end?: number | null;
}

export interface ConversationIn {
  id: string;
  utterances: TurnIn[];
}

export interface Choices {
  /** A label set by name, or labels of one's own; null asks for the model's set. */
  labels: string | string[] | null;
  context: number | null;
  min_probability: number;
}

export interface Demonstration {
  speaker: string | null;
  text: string;
  label: string;
  similarity: number;
}

export interface Answer {
  label: string | null;
  probability: number;
  probabilities: Record<string, number>;
  history_turns: number;
  text_cut: boolean;
  language?: string | null;
  demonstrations: Demonstration[];
}

export interface RecognizeResponse {
  model: string;
  label_set: string;
  labels: string[];
  conversations: { id: string; utterances: (TurnIn & { turn: number; answer: Answer })[] }[];
}

export interface ExplainRequest {
  conversation: ConversationIn;
  turn: number;
  label: string | null;
  labels: string | string[] | null;
  context: number | null;
}

export interface ExplainResponse {
  turn: number;
  label: string;
  probability: number;
  turns: { turn: number; change: number }[];
  /** Places in code points. */
  words: { start: number; end: number; change: number }[];
}

export interface ReadResponse {
  format: string;
  conversations: ConversationIn[];
  gold: (string | null)[][];
  notes: string[];
  n_skipped: number;
  skipped: string[];
  columns: string[];
}

/** How a file is to be read where it does not say so itself. */
export interface ReadChoices {
  encoding?: string;
  conversation_column?: string;
  speaker_column?: string;
  text_column?: string;
  emotion_column?: string;
  start_column?: string;
  end_column?: string;
  /** Tiers that are speech, with commas. */
  tier?: string;
}

export interface FormatInfo {
  name: string;
  title: string;
  about: string;
  extensions: string[];
  times: string;
}

export interface LabelInfo {
  label: string;
  aliases: string[];
  description: string | null;
  valence: number | null;
  arousal: number | null;
  wheel: string[] | null;
}

export interface LabelSetInfo {
  name: string;
  labels: LabelInfo[];
}

/** Core feelings, each with its middle ring, each of these with its outer ring. */
export type Feelings = Record<string, Record<string, string[]>>;

export interface WheelInfo {
  name: string;
  about: string;
  edition: string;
  source: string;
  feelings: Feelings;
}

export interface LabelList {
  label_sets: LabelSetInfo[];
  wheels: WheelInfo[];
  affect_source: string;
}

export interface ModelInfo {
  id: string;
  kind: string;
  label_set: string;
  labels: string[];
  calibration: string;
  languages: string[];
  /** Kind of talk that it takes every text for; empty where that is unknown. */
  domain: string;
  figures: Record<string, number | string | null>;
  /** Below it the model's answers are unsure: with its own labels, and with others by their number. */
  unsure_below: number | null;
  other_unsure_below: Record<string, number>;
}

export interface SessionRequest extends Choices {
  title: string;
}

export interface Session {
  id: string;
  title: string;
  created_at: string;
  expires_at: string | null;
  label_set: string;
  labels: string[];
  context: number | null;
  min_probability: number;
  n_utterances: number;
}

export interface SessionUtterance extends TurnIn {
  turn: number;
  key: string | null;
  received_at: string;
  status: 'pending' | 'scored' | 'failed';
  answer: Answer | null;
  correction: string | null;
  detail?: string | null;
}

export interface SessionDetail extends Session {
  utterances: SessionUtterance[];
}

export interface Problem {
  code: string;
  detail: string;
  errors?: Record<string, string>[] | null;
  columns?: string[] | null;
}

export interface StreamUtterance {
  type: 'utterance';
  utterance: SessionUtterance;
}

export interface StreamDeletion {
  type: 'deletion';
  turn: number;
}

export interface StreamProblem extends Problem {
  type: 'problem';
  status: number;
  key: string | null;
  retry_after_s: number | null;
}
