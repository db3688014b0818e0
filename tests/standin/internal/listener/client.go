package listener

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Port is where a backup address without a port is (neo4j-admin.md §5).
const Port = "6362"

// ErrUnreachable is a server that no connection can be made to; ErrNames one that does not
// understand the first question, as with a TLS policy on one side only (neo4j-admin.md §8 no. 2).
var (
	ErrUnreachable = errors.New("Unable to connect")
	ErrNames       = errors.New("Couldn't retrieve DatabaseNameRequest(s)")
)

// Client asks one server.
type Client struct {
	Address string
	TLS     *tls.Config
}

// NewClient adds the default port.
func NewClient(address string, config *tls.Config) Client {
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(strings.Trim(address, "[]"), Port)
	}
	return Client{Address: address, TLS: config}
}

func (c Client) ask(request Request) (net.Conn, *bufio.Reader, Answer, error) {
	var answer Answer
	connection, err := net.DialTimeout("tcp", c.Address, 10*time.Second)
	if err != nil {
		return nil, nil, answer, fmt.Errorf("%w to %s: %w", ErrUnreachable, c.Address, err)
	}
	if c.TLS != nil {
		connection = tls.Client(connection, c.TLS)
	}
	line, err := json.Marshal(request)
	if err == nil {
		_, err = connection.Write(append(line, '\n'))
	}
	var reply []byte
	reader := bufio.NewReaderSize(connection, 1<<16)
	if err == nil {
		// A server with TLS waits for a handshake that a plain client never sends, and the other way.
		_ = connection.SetReadDeadline(time.Now().Add(10 * time.Second))
		reply, err = reader.ReadBytes('\n')
		_ = connection.SetReadDeadline(time.Time{})
	}
	if err == nil {
		err = json.Unmarshal(reply, &answer)
	}
	if err != nil {
		connection.Close()
		return nil, nil, answer, fmt.Errorf("%w from %s: %v", ErrNames, c.Address, err)
	}
	return connection, reader, answer, nil
}

// Names lists the server's databases that fit.
func (c Client) Names(patterns []string) ([]Database, error) {
	connection, _, answer, err := c.ask(Request{Operation: "databases", Patterns: patterns})
	if err != nil {
		return nil, err
	}
	connection.Close()
	return answer.Databases, nil
}

// Copy is a database's data: the whole store, or the transactions from `from` on. The caller closes.
func (c Client) Copy(database string, from uint64) (Answer, io.ReadCloser, error) {
	connection, reader, answer, err := c.ask(Request{Operation: "copy", Database: database, From: from})
	if err != nil {
		return answer, nil, err
	}
	if answer.Error != "" {
		connection.Close()
		return answer, nil, errors.New(answer.Error)
	}
	return answer, &stream{io.LimitReader(reader, answer.Bytes), connection}, nil
}

type stream struct {
	io.Reader
	connection net.Conn
}

func (s *stream) Close() error { return s.connection.Close() }
