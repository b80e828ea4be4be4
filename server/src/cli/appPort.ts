import type { AppSettings } from "../wiring/appSettings.ts";
import type { Dispatching, Notifying, RunningDispatcher } from "../wiring/behindRequests.ts";
import type { Authenticate } from "../auth/authenticate.ts";
import type { HttpRequest } from "../base/http.ts";
import type { Handle, Refuse } from "../http/handler.ts";
import type { Egress } from "../egress/createEgress.ts";
import type { NotifierFigures } from "../outbox/notify/startNotifying.ts";
import type { SignInEvent } from "../issuer/signInEvent.ts";
import type { StoreEvents, StoreFigures } from "../store/store.ts";
import type { Configuration } from "./configuration.ts";
import type { ServedModel } from "./loadModel.ts";

/** What the command line gives to the App's maker. */
export interface AppParts {
  readonly configuration: Configuration;
  readonly served: ServedModel;
  readonly authenticate: Authenticate;
  /** The way out, for what is to be told to others. */
  readonly egress: Egress;
  /** Told each answer of the App. */
  readonly observe: AppSettings["observe"] & {};
  readonly onKnownKey: AppSettings["onKnownKey"] & {};
  readonly events: StoreEvents;
  /** Told of work behind the requests that failed and will be tried again. */
  readonly onWorkFault: (error: unknown, kind: string | undefined) => void;
  /** Told of signed checkpoints of audit trails, where they go into the log. */
  readonly onCheckpoint: (end: { readonly hub: string; readonly number: number }, jws: string) => void;
  /** Told of subscribers that cannot be told. */
  readonly onSubscriberTrouble: Notifying["onTrouble"] & {};
  /** Told of actions that cannot be carried out as they should. */
  readonly onActionTrouble: Dispatching["onTrouble"] & {};
  /** Where answers are kept that come later, where several servers share it. */
  readonly records?: AppSettings["records"] & {};
  /** Signs that notifications with data are from here, where this installation signs tokens. */
  readonly validationToken?: Notifying["validationToken"] & {};
}

/** What the command line needs of a running App. */
export interface RunningApp {
  readonly handle: Handle;
  readonly refuse: Refuse;
  /** Whether the body of a request without a token is to be read. */
  readonly admitsMessage: (request: HttpRequest) => Promise<boolean>;
  /** False while writes are refused. */
  readonly ready: () => boolean;
  readonly figures: () => Promise<StoreFigures>;
  /** Calls that wait are answered, and none waits any more. */
  readonly stopWaiting: () => void;
  /** How many they are. */
  readonly waiting: () => number;
  /** Change notifications; undefined for a model without subscriptions. */
  readonly notified: () => NotifierFigures | undefined;
  /** The dispatch of actions; undefined for a model without them. */
  readonly dispatched: () => RunningDispatcher["figures"];
  /** Notes a sign-in in the trail of its tenant's hub. */
  readonly signedIn: (event: SignInEvent) => void;
  readonly close: () => Promise<void>;
}

/** Builds the App over the configured store, migrations and demo data included. */
export type BuildApp = (parts: AppParts) => Promise<RunningApp>;
