/** The rules of Reactive Streams 1.0.4, by number, as they read in one thread of JavaScript. */
export const contractRules: Readonly<Record<ContractRule, string>> = {
  '1.1': 'a publisher never signals more items than were requested',
  '1.2': 'a publisher may end with fewer items than were requested',
  '1.3': 'signals are serial: none begins inside another one',
  '1.4': 'a publisher that fails signals onError',
  '1.5': 'a publisher that ends signals onComplete',
  '1.6': 'after the end a subscription counts as cancelled',
  '1.7': 'after the end no signal follows',
  '1.8': 'after cancel the signals stop',
  '1.9': 'subscribe calls onSubscribe first and returns normally; it throws only when no subscriber is given',
  '1.10': 'subscribe may be called again, each time with another subscriber',
  '1.11': 'a publisher decides how many subscribers it serves, and how',
  '2.1': 'a subscriber asks by request for the items that it gets',
  '2.2': 'a subscriber does not hold up its publisher',
  '2.3': 'onComplete and onError call nothing of the subscription or the publisher',
  '2.4': 'after onComplete or onError the subscription counts as cancelled',
  '2.5': 'a subscriber cancels a second subscription',
  '2.6': 'a subscriber cancels a subscription that it needs no more',
  '2.7': 'calls of request and cancel are serial',
  '2.8': 'a subscriber is prepared for items after it has cancelled',
  '2.9': 'a subscriber is prepared for onComplete with and without a request',
  '2.10': 'a subscriber is prepared for onError with and without a request',
  '2.11': 'signals are processed in the order in which they came',
  '2.12': 'onSubscribe is called at most once for a subscriber',
  '2.13':
    'the methods of a subscriber return normally, unless what they need is missing; who throws counts as cancelled',
  '3.1': 'request and cancel are called by the subscriber that was given the subscription, on that subscription',
  '3.2': 'request may be called inside onSubscribe and onNext',
  '3.3': 'request and onNext do not recurse without bound',
  '3.4': 'request returns soon',
  '3.5': 'cancel returns soon, may be called anywhere and any number of times',
  '3.6': 'after cancel, request does nothing',
  '3.7': 'after cancel, cancel does nothing',
  '3.8': 'requests add up',
  '3.9': 'a request for no whole number above zero ends in onError',
  '3.10': 'request may signal items before it returns',
  '3.11': 'request may signal the end before it returns',
  '3.12': 'cancel makes the publisher stop',
  '3.13': 'cancel makes the publisher forget the subscriber',
  '3.14': 'cancel may shut the publisher down when nobody else is subscribed',
  '3.15': 'cancel returns normally',
  '3.16': 'request returns normally',
  '3.17': 'demand is counted up to 2^63 - 1, in any number of requests',
  '4.1': 'a processor obeys the rules of both its sides',
  '4.2': 'a processor passes an error on at once, or recovers and drops its subscription',
}

type Chapter1 = '1.1' | '1.2' | '1.3' | '1.4' | '1.5' | '1.6' | '1.7' | '1.8' | '1.9' | '1.10' | '1.11'
type Chapter2 =
  | '2.1'
  | '2.2'
  | '2.3'
  | '2.4'
  | '2.5'
  | '2.6'
  | '2.7'
  | '2.8'
  | '2.9'
  | '2.10'
  | '2.11'
  | '2.12'
  | '2.13'
type Chapter3 = '3.1' | '3.2' | '3.3' | '3.4' | '3.5' | '3.6' | '3.7' | '3.8' | '3.9' | '3.10' | '3.11' | '3.12'
type Chapter3End = '3.13' | '3.14' | '3.15' | '3.16' | '3.17'

/** The number of a rule: the chapter (publisher, subscriber, subscription, processor) and the rule in it. */
export type ContractRule = Chapter1 | Chapter2 | Chapter3 | Chapter3End | '4.1' | '4.2'
