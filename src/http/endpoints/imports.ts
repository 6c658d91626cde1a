import { z } from 'zod';
import type { Api } from '../../app/api/api.ts';
import { importPath, importView } from '../../app/api/views.ts';
import type { ImportProblem } from '../../app/import/ports.ts';
import { allowedActions } from '../../core/campaigns/campaign.ts';
import { type HttpRefusal, type HttpReply, missing, refusal } from '../answer.ts';
import { type Call, type Endpoint, endpoint } from '../endpoint.ts';
import { once } from '../idempotent.ts';
import { pageAnswer, pageQuery } from '../paging.ts';
import { REJECTS_HEADER, rejectsCsv } from '../rejects-csv.ts';
import { Id } from '../schemas/fields.ts';
import { ImportOut, RejectPage } from '../schemas/import.ts';
import { openUpload, tooSlow, type Upload, watchUpload } from '../upload.ts';
import { campaignParams } from './campaigns.ts';

const tag = 'Imports';
const KIND = 'rejects';
const importParams = { params: z.strictObject({ id: Id }), missing: 'import.notFound' } as const;

/** How long an import that is cut may take to end. */
const ENDS_WITHIN_MS = 2_000;
const ONCE = { name: 'importRecipients', digestAtEnd: true } as const;

const DETAILS: Readonly<Record<ImportProblem['code'], string>> = {
  'campaign.notFound': 'There is no such campaign.',
  'campaign.notEditable': 'Recipients can not be added to a campaign in this state.',
  'import.open': 'Another import of this campaign is under way.',
  'import.tooLarge': 'The list is larger than this server takes.',
  'import.failed': 'The list can not be used; nothing of it was kept.',
};

export const importEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'post',
    path: '/api/v1/campaigns/{id}/imports',
    name: 'importRecipients',
    summary: 'Upload a list of recipients; answered when it is loaded',
    tag,
    scope: 'key',
    ...campaignParams,
    query: z.strictObject({
      fileName: z.string().max(1_000).optional().meta({ description: 'For display.', example: 'list.csv' }),
    }),
    upload: true,
    idempotent: true,
    answers: {
      202: { description: 'Loaded.', schema: ImportOut, headers: { Location: 'Where the import is.' } },
    },
    refusals: [
      'body.wrongType',
      'upload.malformed',
      'upload.noFile',
      'upload.tooManyParts',
      'upload.tooSlow',
      'campaign.notEditable',
      'import.open',
      'import.tooLarge',
      'import.failed',
    ],
    handle: async (api, call) => {
      const { req, server, log } = call;
      const gone = new AbortController();
      // An import under way ends first; a form in which no file has begun has nothing to end.
      const slow = new Promise<HttpRefusal>((resolve) => {
        gone.signal.addEventListener('abort', () => setTimeout(resolve, ENDS_WITHIN_MS, tooSlow(server.slowUpload)));
      });
      let isSlow = false;
      const stopWatching = watchUpload(req, server.slowUpload, log, () => {
        isSlow = true;
        gone.abort();
      });
      try {
        const taking = openUpload(req, server.maxUploadBytes, call.query.fileName).then((opened) =>
          opened.ok ? loadOnce(api, call.params.id, opened.value, call, gone) : opened.error,
        );
        const reply = await Promise.race([taking, slow]);
        return isSlow ? tooSlow(server.slowUpload) : reply;
      } finally {
        stopWatching();
      }
    },
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/imports/{id}',
    name: 'readImport',
    summary: 'Read the report of an import',
    tag,
    scope: 'key',
    ...importParams,
    answers: { 200: { description: 'The report.', schema: ImportOut } },
    refusals: [],
    handle: async (api, { params }) => {
      const found = await api.imports.get(params.id);
      return found ? { status: 200, body: importView(found) } : missing('import');
    },
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/imports/{id}/rejects',
    name: 'listRejects',
    summary: 'Lines that were not taken, and why; whole as text/csv, or paged as JSON',
    tag,
    scope: 'key',
    ...importParams,
    query: z.strictObject(pageQuery(KIND, /^[^\p{Cc}]{1,300}$/u)),
    answers: {
      200: { description: 'A page, or all as CSV.', schema: RejectPage, csv: REJECTS_HEADER },
    },
    refusals: ['accept.none'],
    handle: async (api, call) => {
      const { id } = call.params;
      const type = call.req.accepts(['application/json', 'text/csv']);
      if (!type) return refusal('accept.none', 'There is application/json and text/csv.');
      if (!(await api.imports.get(id))) return missing('import');
      if (type === 'text/csv') {
        return { status: 200, stream: { type: 'text/csv; charset=utf-8', chunks: rejectsCsv(api.imports, id) } };
      }
      return pageAnswer(call, KIND, await api.imports.rejects(id, call.query), (reject) => reject);
    },
  }),
];

async function loadOnce(
  api: Api,
  campaignId: string,
  upload: Upload,
  call: Call,
  gone: AbortController,
): Promise<HttpReply> {
  try {
    return await once(api, call, ONCE, upload.digest, () => load(api, campaignId, upload, call, gone));
  } catch (error) {
    const fault = upload.fault();
    if (fault) return fault;
    throw error;
  }
}

async function load(
  api: Api,
  campaignId: string,
  { fileName, body, fault }: Upload,
  { req, server }: Call,
  gone: AbortController,
): Promise<HttpReply> {
  const onClose = () => req.complete || gone.abort();
  req.on('close', onClose);
  try {
    const input = { campaignId, fileName, body, maxBytes: server.maxUploadBytes, signal: gone.signal };
    const loaded = await api.importRecipients(input);
    if (!loaded.ok) return fault() ?? (await refused(api, campaignId, loaded.error));
    const path = importPath(loaded.value.id);
    return { status: 202, body: importView(loaded.value), headers: { location: path } };
  } finally {
    req.off('close', onClose);
  }
}

async function refused(api: Api, campaignId: string, problem: ImportProblem): Promise<HttpRefusal> {
  const { code } = problem;
  const report = 'import' in problem ? problem.import : null;
  if (report?.fault) {
    const { fault } = report;
    const line = fault.line === null ? '' : `Line ${fault.line}: `;
    const errors = [{ pointer: '', code: fault.code, detail: `${line}${fault.detail}` }];
    return refusal(code, DETAILS[code], { errors }, { location: importPath(report.id) });
  }
  const campaign = await api.campaigns.get(campaignId);
  const standing = campaign && { state: campaign.state, allowedActions: allowedActions(campaign) };
  return refusal(code, DETAILS[code], standing ?? {});
}
