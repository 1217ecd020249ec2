package ferry

// #include <ferry.h>
import "C"

import (
	"bytes"
	"context"
	"encoding/json"
)

// Job is a workflow under way or done.
type Job struct {
	// ID is what [Client.WorkflowStatus] takes.
	ID string
	// Status is "Started", "Finished" or "Failed".
	Status string
	// Results has what each task gave, by the task's name.
	Results map[string]json.RawMessage
	// Raw is the whole answer.
	Raw json.RawMessage
}

// UnmarshalJSON reads what the service answers.
func (j *Job) UnmarshalJSON(answer []byte) error {
	var fields struct {
		ID      string `json:"jobid"`
		Status  string
		Results map[string]json.RawMessage
	}
	err := decode(answer, &fields)
	*j = Job{fields.ID, fields.Status, fields.Results, bytes.Clone(answer)}
	return err
}

// MarshalJSON writes what the service answers.
func (j Job) MarshalJSON() ([]byte, error) {
	if j.Raw != nil {
		return j.Raw, nil
	}
	return json.Marshal(map[string]any{"jobid": j.ID, "status": j.Status, "results": j.Results})
}

// RunWorkflow starts a workflow on a file: a handle, or an http or https URL. It is sent again only if it
// has surely not arrived.
func (c *Client) RunWorkflow(
	ctx context.Context, workflow, source string, options ...RequestOption,
) (*Job, error) {
	call := begin(ctx)
	defer call.end()
	client, with := lend(call, c.client), call.request(options)
	id, from := call.text("workflow", workflow), call.text("source", source)
	return call.job(func(out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_workflow_run(client, id, from, with, out, err)
	})
}

// WorkflowStatus returns the state of a job.
func (c *Client) WorkflowStatus(ctx context.Context, job string, options ...RequestOption) (*Job, error) {
	call := begin(ctx)
	defer call.end()
	client, with, id := lend(call, c.client), call.request(options), call.text("job", job)
	return call.job(func(out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_workflow_status(client, id, with, out, err)
	})
}

func (c *call) job(run func(out **C.ferry_value, err **C.ferry_error) C.ferry_status) (*Job, error) {
	answer, err := c.value(run)
	if err != nil {
		return nil, err
	}
	job := &Job{}
	return job, job.UnmarshalJSON(answer)
}
