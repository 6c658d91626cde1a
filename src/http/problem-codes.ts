import type { AppCode } from '../app/problem.ts';

/** One table turns codes into statuses and titles. */

export type HttpCode =
  | 'auth.missing'
  | 'auth.wrong'
  | 'auth.tooMany'
  | 'path.malformed'
  | 'path.unknown'
  | 'method.notAllowed'
  | 'query.invalid'
  | 'header.invalid'
  | 'accept.none'
  | 'body.notJson'
  | 'body.tooDeep'
  | 'body.forbiddenKey'
  | 'body.badText'
  | 'body.tooLarge'
  | 'body.wrongType'
  | 'body.invalid'
  | 'body.unexpected'
  | 'ifMatch.missing'
  | 'idempotency.inWork'
  | 'idempotency.otherBody'
  | 'upload.malformed'
  | 'upload.noFile'
  | 'upload.tooManyParts'
  | 'upload.tooSlow'
  | 'body.tooSlow'
  | 'database.away'
  | 'server.stopping'
  | 'server.fault';

export type ProblemCode = AppCode | HttpCode;

export const PROBLEMS: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  'auth.missing': [401, 'No API key'],
  'auth.wrong': [401, 'Wrong API key'],
  'auth.tooMany': [429, 'Too many wrong keys'],
  'path.malformed': [400, 'Malformed path'],
  'path.unknown': [404, 'Nothing here'],
  'method.notAllowed': [405, 'Method not allowed'],
  'query.invalid': [400, 'Bad query'],
  'header.invalid': [400, 'Bad header'],
  'accept.none': [406, 'No such representation'],
  'body.notJson': [400, 'Not JSON'],
  'body.tooDeep': [400, 'Nested too deep'],
  'body.forbiddenKey': [400, 'Forbidden key'],
  'body.badText': [400, 'Broken text'],
  'body.tooLarge': [413, 'Body too large'],
  'body.wrongType': [415, 'Wrong content type'],
  'body.invalid': [422, 'Invalid body'],
  'body.unexpected': [422, 'Body not expected'],
  'ifMatch.missing': [428, 'If-Match required'],
  'idempotency.inWork': [409, 'Request still in work'],
  'idempotency.otherBody': [422, 'Idempotency-Key used before'],
  'upload.malformed': [400, 'Malformed upload'],
  'upload.noFile': [422, 'No file in the upload'],
  'upload.tooManyParts': [413, 'Too many parts'],
  'upload.tooSlow': [408, 'Upload too slow'],
  'body.tooSlow': [408, 'Body too slow'],
  'database.away': [503, 'Database away'],
  'server.stopping': [503, 'Shutting down'],
  'server.fault': [500, 'Fault of the server'],
  'campaign.notFound': [404, 'No such campaign'],
  'campaign.illegalMove': [409, 'Not possible in this state'],
  'campaign.notEditable': [409, 'Not editable in this state'],
  'campaign.notDeletable': [409, 'Not deletable in this state'],
  'campaign.noRecipients': [409, 'No recipients'],
  'campaign.deadlineOver': [409, 'The deadline is over'],
  'campaign.changedMeanwhile': [409, 'Changed meanwhile'],
  'campaign.versionMismatch': [412, 'Changed since it was read'],
  'content.invalid': [422, 'Invalid letter'],
  'schedule.invalid': [422, 'Invalid schedule'],
  'template.unknown': [422, 'No such template'],
  'import.notFound': [404, 'No such import'],
  'import.open': [409, 'Import under way'],
  'import.tooLarge': [413, 'List too large'],
  'import.failed': [422, 'List not usable'],
  'recipient.notFound': [404, 'No such recipient'],
  'lane.notFound': [404, 'No such lane'],
  'reply.notFound': [404, 'No such reply'],
  'reply.temporary': [422, 'A temporary reply ends nobody'],
  'reply.aboutPace': [422, 'A reply about pace is no bounce'],
  'replyRule.notFound': [404, 'No such reply rule'],
  'replyRule.tooMany': [409, 'Too many reply rules'],
  'lane.invalid': [422, 'Invalid order'],
  'provider.invalid': [422, 'Invalid profile'],
  'provider.changedMeanwhile': [409, 'Changed meanwhile'],
  'route.notFound': [404, 'No such route'],
  'route.invalid': [422, 'Invalid route'],
  'route.inUse': [409, 'Route in use'],
  'routing.missing': [409, 'No routing'],
  'routing.invalid': [422, 'Invalid routing'],
  'suppression.notFound': [404, 'No such suppression'],
  'suppression.badAddress': [422, 'Not an address'],
};

export const statusOf = (code: ProblemCode): number => PROBLEMS[code][0];
