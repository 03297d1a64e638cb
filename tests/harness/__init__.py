"""What tests are made with.

Harnesses, from the quickest to the most real; all but the last plan, approve and deliver by `worker.WorkerHarness`:
`campaign.CampaignHarness` on embedded networks that fail as told (`faulty_platform`), `one_server.OneServerHarness` and
`two_servers.TwoServerHarness` on the test servers with a clock that tests move (`places`, `relay`), and
`live_campaign.LiveCampaign`, whose `bot` processes are forked from one that has loaded everything (`bot_process`).

Beside them: `stores` and `postgresql` (empty databases), `terminal` (a person who runs commands), `campaign_folder`,
`rehearsal_campaign` and `random_edits` (files that people write), `x_day`, and small servers and files.
"""
